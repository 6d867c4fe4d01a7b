"""One makes a model, the others pull it."""

import json
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from midword.errors import UserError
from midword.model import store
from midword.model.loading import load
from midword.model.manifest import Manifest, checksum
from midword.model.pull import pull
from midword_training.exporting.pack import command, pack


@pytest.fixture
def model(tiny_model: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_model, tmp_path / "team-model"))


def test_what_one_packs_another_pulls(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(store, "data_folder", lambda: tmp_path / "home" / "midword")
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
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="File exists"):
        pack(model, tmp_path / "file" / "a.zip")
    assert {*tmp_path.iterdir()} == {tmp_path / "file", model}


def test_the_command_says_how_to_pull(
    model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command([str(model), "-o", str(tmp_path / "m.zip")]) == 0
    assert "midword models pull" in capsys.readouterr().out


def test_the_archive_has_one_runtime_file_and_no_path_of_the_trainers(
    model: Path, tmp_path: Path
) -> None:
    assert {"body.fp32.onnx", "body.int8.onnx"} <= {path.name for path in model.iterdir()}
    (model / "metrics.json").write_text(json.dumps({"start": str(tmp_path / "base"), "epochs": 3}))
    packed = pack(model, tmp_path / "a.zip")
    with zipfile.ZipFile(packed.path) as archive:
        archive.extractall(tmp_path / "out")
        assert all(str(tmp_path).encode() not in archive.read(name) for name in archive.namelist())
    out = tmp_path / "out" / "team-model"
    assert not (out / "body.fp32.onnx").exists() and (out / "body.int8.onnx").exists()
    assert json.loads((out / "metrics.json").read_text()) == {"start": "base", "epochs": 3}
    assert Manifest.read(out).bodies == {"onnx-int8": "body.int8.onnx"}
    assert Manifest.read(out).damaged(out) == []
    assert load(out).runtime == "onnx-int8"
    (model / "body.int8.onnx").unlink()
    replace(
        Manifest.read(model),
        bodies={"onnx-fp32": "body.fp32.onnx"},
        sha256={"body.fp32.onnx": checksum(model / "body.fp32.onnx")},
    ).write(model)
    with zipfile.ZipFile(pack(model, tmp_path / "b.zip").path) as archive:
        assert "team-model/body.fp32.onnx" in archive.namelist()  # the only one stays
