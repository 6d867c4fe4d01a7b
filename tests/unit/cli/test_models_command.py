"""`midword models`: what a writer reads and what is done."""

from pathlib import Path

import pytest

from midword.cli import main
from midword.model import store


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's home with no models in it; also the working folder."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def from_a_hub(home: Path) -> Path:
    """A model folder that lacks Midword's own files."""
    folder = home / "plain"
    folder.mkdir()
    for name in store.REQUIRED:
        (folder / name).write_text("{}")
    return folder


def test_the_life_of_a_model(from_a_hub: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "pull", str(from_a_hub), "--name", "team", "--use"]) == 0
    told = capsys.readouterr().out
    assert "pulled team into" in told
    assert "midword models export team" in told
    assert "midword[gpu]" in told
    assert "it is the default now" in told

    assert main(["models", "list"]) == 0
    listed = capsys.readouterr().out.splitlines()
    assert listed[0].startswith("  bundled")
    assert listed[1].startswith("* team")
    assert listed[1].endswith("torch only")

    assert main(["models", "show"]) == 0
    assert str(store.models_dir() / "team") in capsys.readouterr().out

    assert main(["models", "use", "bundled"]) == 0
    assert capsys.readouterr().out.startswith("bundled is the default now")

    assert main(["models", "remove", "team"]) == 0
    assert "removed" in capsys.readouterr().out
    assert main(["models", "use", "team"]) == 2
    assert "no model 'team'" in capsys.readouterr().err


def test_a_model_that_cannot_be_used_is_shown_with_its_problem(
    from_a_hub: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (from_a_hub / "tokenizer.json").unlink()
    assert main(["models", "show", str(from_a_hub)]) == 1
    assert "tokenizer.json missing" in capsys.readouterr().out


def test_a_pull_that_fails_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "pull", "./nowhere"]) == 2
    told = capsys.readouterr()
    assert told.err == "midword: no such folder or archive: ./nowhere\n"
    assert told.out == ""
