"""One makes a model, the others pull it."""

import shutil
import zipfile
from pathlib import Path

import pytest

from midword.errors import UserError
from midword.model import store
from midword.model.pull import pull
from midword_training.pack import command, pack


@pytest.fixture
def model(tiny_model: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_model, tmp_path / "team-model"))


def test_what_one_packs_another_pulls(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(store, "data_dir", lambda: tmp_path / "home" / "midword")
    (model / "training.pt").write_bytes(b"pickle")
    packed = pack(model, tmp_path / "team-model.zip")
    assert packed.left_out == ("training.pt",)
    assert packed.sha256 in (tmp_path / "team-model.zip.sha256").read_text()
    pulled = pull(str(packed.path), sha256=packed.sha256)
    assert pulled.name == "team-model"
    assert store.problem(pulled.path) is None
    assert not (pulled.path / "training.pt").exists()


def test_the_same_folder_gives_the_same_bytes(model: Path, tmp_path: Path) -> None:
    first = pack(model, tmp_path / "a.zip")
    (model / "config.json").touch()
    assert pack(model, tmp_path / "b.zip").sha256 == first.sha256
    with zipfile.ZipFile(first.path) as archive:
        assert all(name.startswith("team-model/") for name in archive.namelist())


def test_a_folder_that_is_no_whole_model_is_refused(model: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no Midword model"):
        pack(tmp_path)
    (model / "tokenizer.json").write_text((model / "tokenizer.json").read_text() + " ")
    with pytest.raises(UserError, match="changed since"):
        pack(model, tmp_path / "a.zip")
    assert not (tmp_path / "a.zip").exists()


def test_an_archive_that_cannot_be_written_leaves_nothing(model: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="No such file"):
        pack(model, tmp_path / "no" / "a.zip")


def test_the_command_says_how_to_pull(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command([str(model), "-o", str(tmp_path / "m.zip")]) == 0
    assert "midword models pull" in capsys.readouterr().out
