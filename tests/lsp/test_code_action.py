"""`textDocument/codeAction`: replace a word, or tell a dictionary about it, when asked."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

from client import Client

from conftest import Start

INVOKED, AUTOMATIC = 1, 2
TEXT = "we will discuss the plan with the team on monday"

_numbers = itertools.count()


def actions(
    client: Client,
    character: int,
    end: int | None = None,
    *,
    uri: str | None = None,
    trigger: int | None = INVOKED,
    only: list[str] | None = None,
) -> list[dict[str, Any]]:
    uri = uri or client.open(TEXT, f"file:///action/{next(_numbers)}.md")
    context = {"diagnostics": [], "triggerKind": trigger, "only": only}
    params = {
        "textDocument": {"uri": uri},
        "range": {
            "start": {"line": 0, "character": character},
            "end": {"line": 0, "character": character if end is None else end},
        },
        "context": {key: value for key, value in context.items() if value is not None},
    }
    return client.request("textDocument/codeAction", params) or []


def test_replace_with_a_likelier_word(client: Client) -> None:
    found = [a for a in actions(client, 10) if "edit" in a]
    assert 1 <= len(found) <= 5
    assert all(action["title"].startswith('Replace with "') for action in found)
    assert not any('"discuss"' in action["title"] for action in found)
    (change,) = found[0]["edit"]["documentChanges"]
    assert change["textDocument"]["version"] == 1
    (edit,) = change["edits"]
    assert edit["range"]["start"]["character"] == 8
    assert edit["range"]["end"]["character"] == 15


def test_kinds_are_named_to_a_client_that_knows_of_them(start: Start) -> None:
    offered = start().initialize()["capabilities"]["codeActionProvider"]
    assert offered == {"codeActionKinds": ["quickfix", "refactor.rewrite"]}
    offered = start().initialize(capabilities={})["capabilities"]["codeActionProvider"]
    assert offered is True


def test_a_client_without_versioned_edits_gets_plain_ones(start: Start) -> None:
    client = start()
    client.initialize(capabilities={})
    client.until_ready()
    uri = client.open(TEXT)
    action = actions(client, 10, uri=uri)[0]
    assert list(action["edit"]["changes"]) == [uri]


def test_no_light_bulb_on_every_word(client: Client) -> None:
    assert actions(client, 10, trigger=AUTOMATIC) == []


def test_only_the_kinds_that_are_asked_for(client: Client) -> None:
    assert {a["kind"] for a in actions(client, 10, only=["refactor"])} == {"refactor.rewrite"}
    assert {a["kind"] for a in actions(client, 10, only=["quickfix"])} == {"quickfix"}
    assert not [a for a in actions(client, 10, only=["refactor"]) if "edit" not in a]
    assert actions(client, 10, only=["source.organizeImports"]) == []


def test_nothing_for_a_selection_of_several_words(client: Client) -> None:
    assert actions(client, 8, 15) != []
    assert actions(client, 8, 19) == []


def test_dictionary_actions_do_what_they_say(start: Start, tmp_path: Path) -> None:
    folder = tmp_path / "project"
    folder.mkdir()
    client = start()
    client.initialize(folder)
    client.until_ready()
    uri = client.open("we saw a kumquatish garden", (folder / "a.md").as_uri())
    titles = {action["title"]: action["command"] for action in actions(client, 12, uri=uri)[-3:]}
    assert list(titles) == [
        'Add "kumquatish" to your dictionary',
        'Add "kumquatish" to the project\'s dictionary',
        'Never suggest "kumquatish"',
    ]
    project = titles['Add "kumquatish" to the project\'s dictionary']
    assert client.execute(project["command"], *project["arguments"])["saved"] is True
    assert (folder / ".midword-words.txt").read_text() == "kumquatish\n"
    other = client.open("the kum", "file:///elsewhere.md")
    mine = client.open("the kum", (folder / "b.md").as_uri())
    assert "kumquatish" in client.words(mine, 0, 7)
    assert "kumquatish" not in client.words(other, 0, 7)
    never = titles['Never suggest "kumquatish"']
    assert client.execute(never["command"], *never["arguments"])["saved"] is True
    assert "kumquatish" not in client.words(mine, 0, 7)


def test_likelier_words_come_before_the_dictionaries(client: Client) -> None:
    # Editors sort by kind, quick fixes first, and keep the order within a kind.
    found = actions(client, 10)
    assert len({action["kind"] for action in found}) == 1
    is_edit = ["edit" in action for action in found]
    assert is_edit == sorted(is_edit, reverse=True)
    assert is_edit[0]


def test_never_can_be_taken_back(start: Start) -> None:
    client = start()
    client.initialize()
    client.until_ready()
    uri = client.open(TEXT)
    client.execute("midword.neverSuggest", {"word": "Discuss"})
    other = client.open("we will dis the plan", "file:///other.md")
    assert "discuss" not in client.words(other, 0, 11)
    last = actions(client, 10, uri=uri)[-1]
    assert last["title"] == 'Suggest "discuss" again'
    saved = client.execute(last["command"]["command"], *last["command"]["arguments"])
    assert Path(saved["path"]).read_text() == ""
    assert "discuss" in client.words(other, 0, 11)
    assert actions(client, 10, uri=uri)[-1]["title"] == 'Never suggest "discuss"'
