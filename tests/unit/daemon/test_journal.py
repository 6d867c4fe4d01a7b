"""What a shim keeps of a conversation, and what it tells another daemon."""

from __future__ import annotations

import json
import random
from typing import Any

from midword.daemon.hello import SNAPSHOT
from midword.daemon.journal import PRIVATE, Journal

URI = "file:///a.md"
Message = dict[str, Any]


def say(journal: Journal, method: str, params: Any = None, **more: Any) -> bytes:
    message = {"jsonrpc": "2.0", "method": method, "params": params, **more}
    body = json.dumps(message).encode()
    journal.heard(body, message)
    return body


def begun() -> Journal:
    journal = Journal()
    say(journal, "initialize", {"capabilities": {}}, id=1)
    say(journal, "initialized", {})
    return journal


def opened(journal: Journal, text: str, uri: str = URI) -> None:
    item = {"uri": uri, "languageId": "markdown", "version": 1, "text": text}
    say(journal, "textDocument/didOpen", {"textDocument": item})


def typed(journal: Journal, at: int, text: str, uri: str = URI) -> None:
    place = {"line": 0, "character": at}
    change = {"range": {"start": place, "end": place}, "text": text}
    params = {"textDocument": {"uri": uri, "version": 2}, "contentChanges": [change]}
    say(journal, "textDocument/didChange", params)


def told(journal: Journal, unanswered: object = None) -> list[Message]:
    return [json.loads(body) for body in journal.replay(unanswered)]


def text_of(messages: list[Message]) -> dict[str, str]:
    """What another daemon makes of it: the texts by URI (of one line each)."""
    texts: dict[str, str] = {}
    for message in messages:
        params = message["params"]
        if message["method"] == "textDocument/didOpen":
            texts[params["textDocument"]["uri"]] = params["textDocument"]["text"]
        elif message["method"] == "textDocument/didChange":
            uri = params["textDocument"]["uri"]
            for change in params["contentChanges"]:
                if "range" not in change:
                    texts[uri] = change["text"]
                    continue
                start, end = (change["range"][end]["character"] for end in ("start", "end"))
                texts[uri] = texts[uri][:start] + change["text"] + texts[uri][end:]
    return texts


def size(journal: Journal) -> int:
    return sum(map(len, journal.replay()))


def test_nothing_was_said() -> None:
    assert told(Journal()) == []


def test_the_client_hears_of_one_initialize() -> None:
    journal = begun()
    first, second = told(journal)
    assert first["method"] == "initialize"
    assert first["id"].startswith(PRIVATE)
    assert second["method"] == "initialized"
    assert told(journal, unanswered=1)[0]["id"] == 1


def test_documents_come_back_as_they_are() -> None:
    journal = begun()
    opened(journal, "the plan")
    opened(journal, "another", "file:///b.md")
    opened(journal, "gone", "file:///c.md")
    typed(journal, 4, "old ")
    say(journal, "textDocument/didClose", {"textDocument": {"uri": "file:///c.md"}})
    assert text_of(told(journal)) == {URI: "the old plan", "file:///b.md": "another"}


def test_a_document_that_is_opened_again_begins_anew() -> None:
    journal = begun()
    opened(journal, "first")
    typed(journal, 0, "x")
    opened(journal, "second")
    assert text_of(told(journal)) == {URI: "second"}


def test_the_whole_text_takes_the_place_of_edits() -> None:
    journal = begun()
    opened(journal, "")
    for number in range(200):
        change = {"text": f"{number} " * 200}
        params = {"textDocument": {"uri": URI}, "contentChanges": [change]}
        say(journal, "textDocument/didChange", params)
    assert text_of(told(journal)) == {URI: "199 " * 200}
    assert size(journal) < 2_000
    assert not list(journal.snapshots_wanted())


def test_snapshots_keep_it_bounded() -> None:
    """Whenever they come: the text is the editor's, and hardly more than twice as much is kept."""
    dice = random.Random(7)
    journal = begun()
    texts = {URI: "a" * 1_000, "file:///long.md": "b" * 300_000}
    for uri, text in texts.items():
        opened(journal, text, uri)
    asked: list[tuple[Message, str]] = []
    most = 0
    for _ in range(4_000):
        uri = dice.choice(list(texts))
        at, word = dice.randrange(len(texts[uri])), "word " * dice.randrange(1, 30)
        typed(journal, at, word, uri)
        texts[uri] = texts[uri][:at] + word + texts[uri][at:]
        for request in map(json.loads, journal.snapshots_wanted()):
            assert request["method"] == SNAPSHOT
            asked.append((request, texts[request["params"]["uri"]]))  # as it is on arrival
        if asked and dice.random() < 0.05:
            request, text = asked.pop(0)
            item = {"uri": request["params"]["uri"], "languageId": "markdown", "text": text}
            result = {"method": "textDocument/didOpen", "params": {"textDocument": item}}
            journal.snapshot_came({"id": request["id"], "result": result})
        if dice.random() < 0.01:  # and the daemon dies: it is asked anew
            most = max(most, size(journal) - 2 * sum(map(len, texts.values())))
            asked.clear()
    assert text_of(told(journal)) == texts
    assert most < 2 * 65_536 + 50_000  # some edits come while a snapshot is waited for


def test_a_snapshot_of_what_was_opened_again_is_too_late() -> None:
    journal = begun()
    opened(journal, "")
    typed(journal, 0, "x" * 70_000)
    (request,) = map(json.loads, journal.snapshots_wanted())
    opened(journal, "new")
    item = {"uri": URI, "languageId": "markdown", "text": "x" * 70_000}
    result = {"method": "textDocument/didOpen", "params": {"textDocument": item}}
    journal.snapshot_came({"id": request["id"], "result": result})
    assert text_of(told(journal)) == {URI: "new"}


def test_a_document_that_the_daemon_has_lost_is_kept() -> None:
    journal = begun()
    opened(journal, "")
    typed(journal, 0, "x" * 70_000)
    (request,) = map(json.loads, journal.snapshots_wanted())
    journal.snapshot_came({"id": request["id"], "error": {"code": -32602, "message": "no"}})
    assert len(text_of(told(journal))[URI]) == 70_000


def test_settings_and_folders() -> None:
    journal = begun()
    for number in range(3):
        params = {"settings": {"midword": {"items": number}}}
        say(journal, "workspace/didChangeConfiguration", params)
    first, second = {"uri": "file:///1", "name": "1"}, {"uri": "file:///2", "name": "2"}
    for event in (
        {"added": [first, second], "removed": []},
        {"added": [], "removed": [first]},
        {"added": [first], "removed": [second]},
    ):
        say(journal, "workspace/didChangeWorkspaceFolders", {"event": event})
    settings, folders = told(journal)[2:]
    assert settings["params"] == {"settings": {"midword": {"items": 2}}}
    assert folders["params"] == {"event": {"added": [first], "removed": [second]}}


def switch(journal: Journal, number: int, result: Message | None, **arguments: Any) -> None:
    command = {"command": "midword.toggle", "arguments": [arguments]}
    say(journal, "workspace/executeCommand", command, id=number)
    answer = {"result": result} if result else {"error": {"code": 1, "message": "no"}}
    journal.answered({"id": number, **answer})


def test_switches_hold_as_they_were_answered() -> None:
    journal = begun()
    switch(journal, 2, {"scope": "file", "enabled": False}, scope="file", uri=URI)
    switch(journal, 3, {"scope": "file", "enabled": True}, scope="file", uri=URI)
    switch(journal, 4, None, scope="file", uri="file:///refused.md")
    (command,) = told(journal)[2:]
    assert command["id"].startswith(PRIVATE)
    assert command["params"]["arguments"] == [{"scope": "file", "uri": URI, "enabled": True}]
    switch(journal, 5, {"scope": "everywhere", "enabled": False})
    (command,) = told(journal)[2:]
    assert command["params"]["arguments"] == [{"scope": "everywhere", "enabled": False}]


def test_what_is_no_message_of_ours_is_nothing_to_keep() -> None:
    journal = begun()
    for params in (None, [], 7, {"textDocument": None}, {"textDocument": {"uri": 3}}, {"event": 3}):
        for method in ("didOpen", "didChange", "didClose"):
            say(journal, f"textDocument/{method}", params)
        say(journal, "workspace/didChangeWorkspaceFolders", params)
        say(journal, "workspace/executeCommand", params, id=5)
    say(journal, "workspace/executeCommand", {"command": "midword.toggle", "arguments": 3}, id=6)
    journal.answered({"id": 6, "result": {}})
    say(journal, "workspace/didChangeWorkspaceFolders", {"event": {"added": 3, "removed": [[]]}})
    journal.heard(b"{}", {"method": 3})
    assert len([m for m in told(journal) if m["method"].startswith("textDocument")]) == 0
