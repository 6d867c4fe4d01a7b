"""The models on a writer's machine: listed, chosen, found by name, removed."""

import json
import shutil
from pathlib import Path

import pytest

from midword.model import loading, store
from midword.model.errors import ModelError
from midword.own_folders import data_folder


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's home with no models in it; also the working folder."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def a_model(folder: Path, **files: str) -> Path:
    """A folder that looks like a model from outside; the store never loads one."""
    folder.mkdir(parents=True)
    contents = {"config.json": "{}", "tokenizer.json": "{}", "model.safetensors": "weights"}
    for name, text in (contents | files).items():
        (folder / name).write_text(text)
    return folder


def stored(name: str) -> Path:
    return a_model(store.models_dir() / name)


def test_without_a_choice_the_wheels_model_is_the_default() -> None:
    assert store.default_name() == "bundled"
    assert store.resolve(None) == store.resolve("") == store.resolve("bundled") == store.BUNDLED


def test_a_stored_model_is_found_by_name_and_listed() -> None:
    path = stored("team-docs")
    assert store.resolve("team-docs") == path
    assert [model.name for model in store.list_models()] == ["bundled", "team-docs"]
    assert store.list_models()[0].is_default


def test_a_hub_model_keeps_its_owner_in_its_name() -> None:
    path = stored("acme/legal-small")
    assert store.resolve("acme/legal-small") == path
    assert [model.name for model in store.list_models()] == ["bundled", "acme/legal-small"]


def test_a_stored_model_has_one_name_whatever_its_manifest_says(tiny_model: Path) -> None:
    shutil.copytree(tiny_model, store.models_dir() / "acme" / "legal-small")
    listed = store.list_models()[1].name
    assert loading.load(listed).name == listed == "acme/legal-small"
    assert loading.load(tiny_model).name != listed


def test_use_changes_the_default_and_bundled_brings_it_back() -> None:
    path = stored("team-docs")
    store.use("team-docs")
    assert store.default_name() == "team-docs"
    assert store.resolve(None) == path
    assert [m.name for m in store.list_models() if m.is_default] == ["team-docs"]
    (data_folder() / "default-model").unlink()
    assert store.resolve(None) == store.BUNDLED


def test_use_takes_a_folder_elsewhere_by_its_whole_path(home: Path) -> None:
    path = a_model(home / "here" / "mine")
    store.use("here/mine")
    assert store.default_name() == str(path)
    assert store.resolve(None) == path
    assert store.list_models()[-1].name == str(path)


def test_a_name_in_the_store_wins_over_a_folder_here(home: Path) -> None:
    here, there = a_model(home / "mine"), stored("mine")
    assert store.resolve("mine") == there
    assert store.resolve("./mine") == here


def test_an_unknown_name_says_which_there_are() -> None:
    stored("team-docs")
    with pytest.raises(ModelError, match=r"no model 'nope'.*bundled, team-docs.*models pull"):
        store.resolve("nope")


def test_a_chosen_model_that_is_gone_is_listed_as_such(home: Path) -> None:
    path = a_model(home / "mine")
    store.use("mine")
    path.rename(home / "renamed")
    assert store.list_models()[-1].problem == "the folder is gone"
    with pytest.raises(ModelError):
        store.resolve(None)


def test_an_unfinished_pull_is_no_model() -> None:
    stored(".pull-x1/model")
    assert [model.name for model in store.list_models()] == ["bundled"]
    with pytest.raises(ModelError):
        store.stored_path(".pull-x1")


@pytest.mark.parametrize("name", ["../escape", "/etc", "a/b/c", "", "a\\b", "a/../b", "..", "-f"])
def test_names_cannot_leave_the_store(name: str) -> None:
    with pytest.raises(ModelError, match="can't be a model's name"):
        store.stored_path(name)


def test_a_model_with_its_weights_as_a_pickle_only_is_refused(home: Path) -> None:
    path = a_model(home / "old")
    (path / "model.safetensors").rename(path / "pytorch_model.bin")
    with pytest.raises(ModelError, match="safetensors only"):
        store.use("old")


@pytest.mark.parametrize("content", ["", "[]", "{", "\ud800".encode("utf-8", "surrogatepass")])
def test_a_damaged_config_is_named(home: Path, content: str | bytes) -> None:
    path = a_model(home / "broken")
    (path / "config.json").write_bytes(content if isinstance(content, bytes) else content.encode())
    assert store.problem(path) == "config.json is damaged"


def test_a_manifest_from_the_future_says_upgrade(home: Path) -> None:
    path = a_model(home / "new", **{"midword.json": json.dumps({"format": 99})})
    assert "upgrade Midword" in str(store.problem(path))


def test_removing_the_default_makes_the_wheels_model_the_default_again() -> None:
    path = stored("acme/legal-small")
    store.use("acme/legal-small")
    store.remove("acme/legal-small")
    assert not path.parent.exists()
    assert store.default_name() == "bundled"


def test_what_is_not_in_the_store_is_not_removed(home: Path) -> None:
    path = a_model(home / "mine")
    for name in ("mine", "nope"):
        with pytest.raises(ModelError, match="no model"):
            store.remove(name)
    with pytest.raises(ModelError, match="part of the package"):
        store.remove("bundled")
    with pytest.raises(ModelError, match="can't be a model's name"):
        store.remove("./mine")
    assert path.is_dir()


def test_a_model_that_cannot_go_stays_whole(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on Windows, where a running server has it open."""
    path = stored("team-docs")
    store.use("team-docs")
    before = {file: file.read_bytes() for file in path.iterdir()}

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", refuse)
        with pytest.raises(ModelError, match=r"can't remove .*team-docs: Permission denied"):
            store.remove("team-docs")
    assert {file: file.read_bytes() for file in path.iterdir()} == before
    assert store.default_name() == "team-docs"
    store.remove("team-docs")
    assert not any(store.models_dir().iterdir())


@pytest.mark.linux
def test_a_home_that_cannot_be_written_is_named(home: Path) -> None:
    stored("team-docs")
    store.models_dir().rename(home / "models")
    data_folder().rmdir()
    data_folder().symlink_to("/proc")  # not even root can write there
    with pytest.raises(ModelError, match=r"can't write .*default-model"):
        store.use(str(home / "models" / "team-docs"))
