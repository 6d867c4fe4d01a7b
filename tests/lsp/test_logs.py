"""Logs tell what happened and never what was written."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from client import TIMEOUT, at, completion_at
from sockets import EXIT, INITIALIZE, SHUTDOWN, framed, heard, piped, say

from conftest import Start

# What makes the server warn, in two ways.
WARN = {"jsonrpc": "2.0", "method": "textDocument/didChange", "params": {"no": 1}}
WARN_TOO = {"jsonrpc": "2.0", "method": "textDocument/didSave", "params": {"no": 1}}
HOVER = {
    "jsonrpc": "2.0",
    "id": 3,
    "method": "textDocument/hover",
    "params": at("file:///none.md", 0, 0),
}

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


def test_an_unread_stderr_stops_nothing(tiny_model: Path) -> None:
    """Many clients never read it. Lines of debugging aren't counted together as warnings are."""
    ours, theirs = os.pipe()
    arguments = ("--log-level", "debug", "--model", str(tiny_model))
    with piped(*arguments, stderr=theirs) as server:
        os.close(theirs)
        messages = [INITIALIZE, *[WARN, HOVER] * 5000, SHUTDOWN, EXIT]
        answers, _ = server.communicate(b"".join(map(framed, messages)), TIMEOUT)
        assert server.returncode == 0
    assert answers.count(b'"id":3,') == 5000
    assert len(os.read(ours, 2**20)) > 60_000, "the pipe was full"
    os.close(ours)


def test_repeated_warnings_are_counted(start: Start) -> None:
    client = start()
    client.initialize()
    for _ in range(1200):
        client.send(WARN)
        client.send(WARN_TOO)
    client.status()
    assert client.shut_down() == 0
    lines = client.stderr.decode().splitlines()
    for method in ("didChange", "didSave"):
        told = [line for line in lines if f"ignored textDocument/{method}" in line]
        assert len(told) == 2
        assert told[1].endswith("(repeated 1199 times)")
    assert len(lines) == 4


def test_lines_that_do_not_fit_are_counted(tiny_model: Path) -> None:
    """The count is written when somebody reads again."""
    with piped("--log-level", "debug", "--model", str(tiny_model)) as server:
        say(server, INITIALIZE)
        for number in range(10, 5000):
            say(server, {**HOVER, "id": number})
            while heard(server).get("id") != number:
                pass
        assert server.stderr is not None
        for _ in range(500):
            server.stderr.readline()
        _, rest = server.communicate(b"".join(map(framed, [HOVER, SHUTDOWN, EXIT])), TIMEOUT)
        assert re.search(rb"\d+ lines didn't fit here", rest)
        assert server.returncode == 0


@pytest.mark.parametrize("closed", [(2,), (1, 2), (0,), (0, 1, 2)])
def test_closed_descriptors(closed: tuple[int, ...]) -> None:
    """Nothing else gets their numbers: a traceback would go into a document or a dictionary."""

    def prepare() -> None:
        for descriptor in closed:
            os.close(descriptor)

    with piped("--log-level", "debug", prepare=prepare) as server:
        if 0 not in closed:
            say(server, INITIALIZE)
            if 1 not in closed:
                assert heard(server)["id"] == 1
                opened = Path(f"/proc/{server.pid}/fd/2").readlink()
                assert opened == Path("/dev/null")
            say(server, WARN, WARN, SHUTDOWN, EXIT)
        assert server.wait(TIMEOUT) == (1 if 0 in closed else 0)
