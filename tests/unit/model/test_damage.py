"""Damaged and hostile models: one line that says so, never a traceback, a hang or a crash."""

import shutil
from pathlib import Path

import pytest

import hostile_models
from midword.cli import main
from midword.errors import UserError
from midword.model import store
from midword.model.probation import load_proven
from midword.own_folders import data_folder
from midword.suggest.loading import load_suggester


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's home with no models in it; also the working folder."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def model(tiny_model: Path) -> Path:
    """A model in the store, to be damaged."""
    return Path(shutil.copytree(tiny_model, store.models_dir() / "team"))


@pytest.mark.parametrize("damage", hostile_models.DAMAGES)
def test_each_damage_is_a_message(
    model: Path, damage: str, capfd: pytest.CaptureFixture[str]
) -> None:
    hostile_models.DAMAGES[damage](model)
    with pytest.raises(UserError) as raised:
        load_suggester(load_proven("team"))
    assert "\n" not in str(raised.value)
    assert len(str(raised.value)) < 1_200
    assert str(model) in str(raised.value) or "'team'" in str(raised.value)
    for command in (["list"], ["show", "team"], ["use", "team"]):
        assert main(["models", *command]) in (0, 1, 2)
    told = capfd.readouterr()
    assert "Traceback" not in told.out + told.err


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"team\nother", b"x" * 100_000, b"\0"])
def test_a_default_of_junk(content: bytes, capfd: pytest.CaptureFixture[str]) -> None:
    data_folder().mkdir(parents=True)
    (data_folder() / "default-model").write_bytes(content)
    assert main(["models", "list"]) == 0
    assert main(["suggest", "We will meet on "]) in (0, 2)
    assert "Traceback" not in capfd.readouterr().err


def test_a_default_that_is_a_pipe() -> None:
    data_folder().mkdir(parents=True)
    hostile_models.pipe("default-model")(data_folder())
    assert store.default_name() == store.BUNDLED_NAME


@pytest.mark.parametrize("name", ["x" * 300, "a\0b", "~nosuchuser/x", "\ud800", "\x1b[31m"])
def test_a_name_that_no_model_can_have(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    for command in (["models", "show", name], ["models", "use", name], ["models", "pull", name]):
        assert main(command) == 2
        told = capfd.readouterr().err
        assert told.startswith("midword: ")
        assert "\x1b" not in told
        assert len(told.splitlines()) == 1


def test_show_says_what_was_checked(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def checksums() -> str:
        main(["models", "show", "team"])
        rows = [line.split(None, 1) for line in capsys.readouterr().out.splitlines()]
        return dict(rows)["checksums"]

    assert checksums() == "right"
    shutil.copy(Path(__file__), model / "lexicon.npz")
    assert checksums() == "right, but none for lexicon.npz"
    hostile_models.manifest(sha256={})(model)
    assert checksums() == "none stated"
    hostile_models.manifest(sha256={"config.json": "0" * 64})(model)
    assert checksums().startswith("wrong: config.json")


def test_what_a_manifest_says_is_shown_without_its_escapes(
    model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hostile_models.manifest(licence="\x1b]0;owned\x07\nfree", language="\u202e")(model)
    assert main(["models", "show", "team"]) == 0
    told = capsys.readouterr().out
    assert "\x1b" not in told
    assert "\u202e" not in told
    assert "\\x1b]0;owned\\x07\\nfree" in told
