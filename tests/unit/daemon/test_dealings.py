"""What a client is told when its daemon dies, and what the next one is asked."""

from __future__ import annotations

import json
from typing import Any

import pytest

from midword.daemon.dealings import Dealings

Message = dict[str, Any]


def asked(dealings: Dealings, number: int, method: str, params: Any = None) -> None:
    message = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
    dealings.asked(message, json.dumps(message).encode())


def begun(name: str) -> Dealings:
    dealings = Dealings()
    asked(dealings, 1, "initialize", {"clientInfo": {"name": name}})
    dealings.answered({"id": 1, "result": {}})
    return dealings


def settled(dealings: Dealings) -> list[Message]:
    return [json.loads(body) for body in dealings.settle()]


def again(dealings: Dealings) -> list[int]:
    return [json.loads(body)["id"] for body in dealings.ask_again()]


def test_what_waits_is_answered() -> None:
    dealings = begun("an editor")
    asked(dealings, 2, "textDocument/completion")
    asked(dealings, 3, "textDocument/hover")
    dealings.answered({"id": 3, "result": None})
    asked(dealings, 4, "shutdown")
    completion, shutdown = settled(dealings)
    assert (completion["id"], completion["error"]["code"]) == (2, -32801)
    assert shutdown == {"jsonrpc": "2.0", "id": 4, "result": None}
    assert settled(dealings) == again(dealings) == []


def test_a_client_that_shows_errors_waits_for_the_next_daemon_once() -> None:
    """The request may be what killed this one."""
    dealings = begun("Neovim")
    asked(dealings, 2, "textDocument/completion")
    asked(dealings, 3, "workspace/executeCommand")
    assert [message["id"] for message in settled(dealings)] == [3]
    assert again(dealings) == [2]
    assert [message["id"] for message in settled(dealings)] == [2]
    assert again(dealings) == []


@pytest.mark.parametrize("params", [None, [], {}, {"clientInfo": None}, {"clientInfo": {}}])
def test_a_client_need_not_say_its_name(params: Any) -> None:
    dealings = Dealings()
    asked(dealings, 1, "initialize", params)
    assert dealings.initialize == 1
    assert settled(dealings) == []  # another daemon can still answer that


def test_nothing_is_heard_twice() -> None:
    dealings = begun("an editor")
    message = {"method": "window/showMessage", "params": {"message": "once"}}
    assert dealings.is_news(message)
    assert dealings.is_news(message), "from the same daemon"
    settled(dealings)
    assert not dealings.is_news(message)


def test_progress_ends_with_its_daemon() -> None:
    dealings = begun("an editor")
    for token, kind in (("a", "begin"), ("b", "begin"), ("a", "end")):
        dealings.is_news(
            {"method": "$/progress", "params": {"token": token, "value": {"kind": kind}}}
        )
    (ended,) = settled(dealings)
    assert ended["params"] == {"token": "b", "value": {"kind": "end"}}
