"""Whose a model is: by where it lies, links resolved."""

import shutil
from pathlib import Path

import pytest

from midword.cli import main
from midword.model import ledger, store
from midword.model.fingerprint import fingerprint
from midword.model.trust import is_the_writers_own


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's home with no models in it; also the working folder."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def workspace(home: Path, tiny_model: Path) -> Path:
    """An opened folder with a model inside."""
    (home / "clone").mkdir()
    shutil.copytree(tiny_model, home / "clone" / "model")
    return home / "clone"


def own(path: Path, *workspaces: Path) -> bool:
    return is_the_writers_own(path, workspaces)


def test_the_bundled_model_and_the_store_are_the_writers(workspace: Path) -> None:
    stored = Path(shutil.copytree(workspace / "model", store.models_dir() / "team"))
    assert own(store.BUNDLED, workspace)
    assert own(stored, workspace)
    assert own(stored, workspace.parent), "a home folder that is opened holds the store"


def test_anything_else_is_not(workspace: Path, home: Path) -> None:
    elsewhere = Path(shutil.copytree(workspace / "model", home / "elsewhere"))
    assert not own(workspace / "model", workspace)
    assert not own(elsewhere, workspace)
    assert not own(elsewhere)
    assert not own(home / "nothing")


def test_links_count_by_where_they_end(workspace: Path, home: Path) -> None:
    store.models_dir().mkdir(parents=True)
    (store.models_dir() / "linked").symlink_to(workspace / "model")
    assert not own(store.models_dir() / "linked", workspace)
    stored = Path(shutil.copytree(workspace / "model", store.models_dir() / "team"))
    (stored / "tokenizer.json").unlink()
    (stored / "tokenizer.json").symlink_to(workspace / "model" / "tokenizer.json")
    assert not own(stored, workspace)
    assert not own(store.models_dir() / ".." / ".." / ".." / "clone" / "model", workspace)
    (workspace / "mine").symlink_to(store.BUNDLED)
    assert own(workspace / "mine", workspace), "it ends in the package"


def test_the_chosen_default_is_the_writers_outside_of_open_folders(workspace: Path) -> None:
    assert main(["models", "use", str(workspace / "model")]) == 0
    assert own(workspace / "model")
    assert not own(workspace / "model", workspace), "there it counts as it was accepted"
    known = ledger.read().answer(workspace / "model", fingerprint(workspace / "model"))
    assert known == "accepted"


def test_trust_list_distrust(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = workspace / "model"
    assert main(["models", "trust", "--list"]) == 0
    assert capsys.readouterr().out.startswith("none")
    assert main(["models", "trust", str(path)]) == 0
    assert f"midword models distrust {path}" in capsys.readouterr().out
    assert ledger.read().answer(path, fingerprint(path)) == "accepted"
    assert len(ledger.read().loaded) == 1, "it has been tried, too"
    assert main(["models", "trust", "--list"]) == 0
    assert capsys.readouterr().out == f"trusted     {path}\n"
    shutil.rmtree(path)
    assert main(["models", "trust", "--list"]) == 0
    assert "is gone" in capsys.readouterr().out
    assert main(["models", "distrust", str(path)]) == 0
    assert ledger.read() == ledger.Ledger(loaded=ledger.read().loaded)
    assert main(["models", "distrust", str(path)]) == 2
    assert main(["models", "trust"]) == 2
    assert main(["models", "trust", "./nothing"]) == 2
