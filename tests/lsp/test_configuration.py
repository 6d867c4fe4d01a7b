"""Settings: where they come from, who wins, and what a wrong one leads to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from client import CAPABILITIES, Client

from conftest import Start

TEXT = "the committee will meet on tuesday to "
OLD_CLIENT: dict[str, Any] = {**CAPABILITIES, "workspace": {}}  # can't be asked


def folder_with(path: Path, toml: str = "") -> Path:
    path.mkdir(parents=True)
    if toml:
        (path / ".midword.toml").write_text(toml)
    return path


def count(client: Client, uri: str) -> int:
    client.until_ready()
    return len(client.words(uri, 0, len(TEXT)))


def settled(client: Client, uri: str, items: int) -> None:
    client.until(lambda: count(client, uri) == items)


def test_initialization_options(start: Start) -> None:
    client = start()
    client.initialize(options={"items": 3}, capabilities=OLD_CLIENT)
    client.until_ready()
    assert count(client, client.open(TEXT)) == 3


def test_options_may_be_under_a_section(start: Start) -> None:
    client = start()
    client.initialize(options={"midword": {"items": 3}}, capabilities=OLD_CLIENT)
    assert count(client, client.open(TEXT)) == 3


def test_the_editors_settings_win_over_initialization_options(start: Start) -> None:
    client = start(settings={"items": 4})
    client.initialize(options={"items": 3})
    settled(client, client.open(TEXT), 4)


def test_the_folders_file_wins_over_the_editors_settings(start: Start, tmp_path: Path) -> None:
    folder = folder_with(tmp_path / "project", "items = 5\n")
    client = start(settings={"items": 4})
    client.initialize(folder, options={"items": 3})
    settled(client, client.open(TEXT, (folder / "a.md").as_uri()), 5)
    settled(client, client.open(TEXT, "file:///elsewhere/a.md"), 4)


def test_each_folder_has_its_own(start: Start, tmp_path: Path) -> None:
    one = folder_with(tmp_path / "one", "items = 2\n")
    two = folder_with(tmp_path / "two", "[languages]\nmarkdown = false\n")
    inner = folder_with(tmp_path / "one" / "inner", "items = 6\n")
    client = start()
    client.initialize(one, two, inner)
    settled(client, client.open(TEXT, (one / "a.md").as_uri()), 2)
    settled(client, client.open(TEXT, (two / "a.md").as_uri()), 0)
    settled(client, client.open(TEXT, (inner / "a.md").as_uri()), 6)


def test_changed_settings_are_asked_for(start: Start) -> None:
    client = start()
    client.initialize()
    uri = client.open(TEXT)
    client.settings = {"items": 2}
    client.notify("workspace/didChangeConfiguration", {"settings": None})
    settled(client, uri, 2)


@pytest.mark.parametrize("settings", [{"midword": {"items": 2}}, {"items": 2}])
def test_changed_settings_that_come_along(start: Start, settings: dict[str, Any]) -> None:
    client = start()
    client.initialize(capabilities=OLD_CLIENT)
    uri = client.open(TEXT)
    client.notify("workspace/didChangeConfiguration", {"settings": settings})
    assert count(client, uri) == 2


def test_a_changed_file_counts_at_once(start: Start, tmp_path: Path) -> None:
    folder = folder_with(tmp_path / "project", "items = 5\n")
    client = start()
    client.initialize(folder)
    uri = client.open(TEXT, (folder / "a.md").as_uri())
    settled(client, uri, 5)
    file = folder / ".midword.toml"
    file.write_text("items = 2\n")
    changes = {"changes": [{"uri": file.as_uri(), "type": 2}]}
    client.notify("workspace/didChangeWatchedFiles", changes)
    assert count(client, uri) == 2
    file.unlink()
    client.notify("textDocument/didSave", {"textDocument": {"uri": file.as_uri()}})
    assert count(client, uri) == 10


def test_files_are_watched(start: Start, tmp_path: Path) -> None:
    client = start()
    client.initialize(folder_with(tmp_path / "project"))
    params = client.wait_for("client/registerCapability")
    watchers = params["registrations"][0]["registerOptions"]["watchers"]
    assert "**/.midword.toml" in [watcher["globPattern"] for watcher in watchers]


def test_a_wrong_value_is_named_with_its_default(start: Start) -> None:
    client = start(settings={"items": "many"})
    client.initialize()
    client.wait_for("window/showMessage")
    (message,) = client.messages
    assert "`items`" in message
    assert "10" in message
    assert count(client, client.open(TEXT)) == 10
    client.notify("workspace/didChangeConfiguration", {"settings": None})
    client.until_ready()
    assert len(client.messages) == 1, "told once"


def test_an_unknown_name_is_told(start: Start, tmp_path: Path) -> None:
    client = start()
    client.initialize(folder_with(tmp_path / "project", "itmes = 5\n"))
    client.wait_for("window/showMessage", lambda params: "`itmes`" in params["message"])


def test_a_broken_file_is_left_out(start: Start, tmp_path: Path) -> None:
    client = start()
    folder = folder_with(tmp_path / "project", "items = [\n")
    client.initialize(folder)
    client.wait_for("window/showMessage", lambda params: ".midword.toml" in params["message"])
    assert count(client, client.open(TEXT, (folder / "a.md").as_uri())) == 10


def test_globs(start: Start, tmp_path: Path) -> None:
    folder = folder_with(
        tmp_path / "project", 'include = ["*.md"]\nexclude = ["/drafts/", "secret*"]\n'
    )
    client = start()
    client.initialize(folder)
    offered = {
        name: count(client, client.open(TEXT, (folder / name).as_uri())) > 0
        for name in ("a.md", "deep/a.md", "a.txt", "drafts/a.md", "deep/drafts/a.md", "secret.md")
    }
    assert offered == {
        "a.md": True,
        "deep/a.md": True,
        "a.txt": False,
        "drafts/a.md": False,
        "deep/drafts/a.md": True,
        "secret.md": False,
    }


def test_languages_on_and_off(start: Start) -> None:
    client = start(settings={"languages": {"latex": False, "klingon": True}})
    client.initialize()
    client.until_ready()
    client.until(lambda: count(client, client.open(TEXT, "file:///a", "klingon")) > 0)
    assert count(client, client.open(TEXT, "file:///b", "tex")) == 0
    assert count(client, client.open(TEXT, "file:///c", "markdown")) > 0


def test_letters_before_a_list_opens_by_itself(start: Start) -> None:
    client = start(settings={"minLetters": 3})
    client.initialize()
    client.until_ready()
    uri = client.open("we will dis")
    client.until(lambda: client.words(uri, 0, 10, kind=2) == [])
    assert client.words(uri, 0, 11, kind=2) != []
    assert client.words(uri, 0, 10, kind=1) != []


def test_trigger_characters(start: Start) -> None:
    options = {"triggerCharacters": "space"}
    capabilities = start().initialize(options=options)["capabilities"]
    assert capabilities["completionProvider"]["triggerCharacters"] == [" "]


def test_probabilities_can_be_hidden(start: Start) -> None:
    client = start(settings={"showProbability": False})
    client.initialize()
    client.until_ready()
    uri = client.open("we will dis")
    client.until(lambda: "detail" not in client.complete(uri, 0, 11)["items"][0])


# A folder's file comes from whoever made the folder.


def test_a_folders_file_may_not_set_the_writers_own(start: Start, tmp_path: Path) -> None:
    folder = folder_with(
        tmp_path / "project",
        'threads = 64\nlog-level = "debug"\npersonal-dictionary = "/etc/passwd"\n'
        'project-dictionary = "../outside.txt"\nitems = 5\n',
    )
    client = start()
    client.initialize(folder)
    client.until_ready()
    text = " ".join(client.messages)
    for name in ("threads", "log-level", "personal-dictionary", "project-dictionary"):
        assert f"`{name}`" in text
    (scopes,) = [f["dictionaries"] for f in client.status()["folders"] if f["path"]]
    assert scopes["personal"].startswith(str(tmp_path / "home"))
    assert scopes["project"] == str(folder / ".midword-words.txt")
    assert count(client, client.open(TEXT, (folder / "a.md").as_uri())) == 5


def test_the_command_line_wins(start: Start, tmp_path: Path) -> None:
    folder = folder_with(tmp_path / "project", 'model = "model"\n')
    (folder / "model").mkdir()
    client = start()
    client.initialize(folder)
    client.until_ready()
    assert client.status()["model"] == "tiny-bert"
