"""Logs tell what happened and never what was written."""

from __future__ import annotations

from pathlib import Path

from client import at, completion_at

from conftest import Start

WORDS = ("zyxsecret", "zyxtyped", "zyxwrong", "zyxadded")


def test_no_word_of_the_writer_is_logged(start: Start, tiny_model: Path, tmp_path: Path) -> None:
    log = tmp_path / "logs" / "midword.log"
    client = start(
        *("--stdio", "--model", str(tiny_model), "--log-level", "debug", "--log-file", str(log)),
        settings={"inlineConfidence": 0.0},
    )
    client.initialize()
    client.until_ready()
    uri = client.open("the zyxsecret garden. ", "file:///a.md")
    client.type(uri, 0, 22, "zyxtyped")
    client.complete(uri, 0, 30)
    client.request("textDocument/hover", at(uri, 0, 8))
    client.request(
        "textDocument/inlineCompletion", {**at(uri, 0, 30), "context": {"triggerKind": 1}}
    )
    client.execute("midword.addWord", {"word": "zyxadded"})
    client.notify("textDocument/didChange", {"zyxwrong": "zyxwrong"})
    client.send_body(b'{"zyxwrong')
    client.notify("zyxwrong/zyxwrong", {"text": "zyxwrong"})
    client.ask("textDocument/completion", {"zyxwrong": completion_at("zyxwrong", 0, 0)})
    client.status()
    assert client.shut_down() == 0
    written = client.stderr.decode() + log.read_text()
    assert "model ready" in written
    assert "request textDocument/hover" in written
    assert not [word for word in WORDS if word in written]


def test_stdout_carries_messages_only(start: Start) -> None:
    """The client's reader asserts it for every test; here for what Python code prints, too."""
    client = start()
    client.initialize()
    client.until_ready()
    assert client.shut_down() == 0
    assert client.stderr == b""
