"""What stands open between a client and its daemon, and must be settled when that dies.

The client's requests without an answer, progress that it still shows, and what it has heard before
and need not hear again from the next one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from midword.daemon.journal import Message, body_of

_CONTENT_MODIFIED = -32801  # LSP 3.17, "ErrorCodes"
_SAID_ONCE = ("client/registerCapability", "window/showMessage")


class Dealings:
    """One client's, with one daemon after the other."""

    def __init__(self) -> None:
        self._pending: dict[str | int, str] = {}  # the client's requests: id -> method
        self._progress: set[str | int] = set()  # tokens
        self._heard: set[str] = set()  # from former daemons
        self._said: set[str] = set()  # by this one

    def asked(self, message: Message) -> None:
        """Note a request of the client's."""
        number, method = message.get("id"), message.get("method")
        if isinstance(number, str | int) and isinstance(method, str):
            self._pending[number] = method

    def answered(self, message: Message) -> None:
        """Note an answer of the daemon's."""
        if isinstance(number := message.get("id"), str | int):
            self._pending.pop(number, None)

    def is_news(self, message: Message) -> bool:
        """Note what the daemon says; whether the client has not heard it from a former one."""
        method, params = message.get("method"), message.get("params")
        if method in _SAID_ONCE:
            said = json.dumps([method, params], sort_keys=True)
            self._said.add(said)
            return said not in self._heard
        if method == "$/progress" and isinstance(params, dict):
            kind = (params.get("value") or {}).get("kind")
            if kind == "begin":
                self._progress.add(params["token"])
            elif kind == "end":
                self._progress.discard(params["token"])
        return True

    @property
    def initialize(self) -> str | int | None:
        """The id of an `initialize` without an answer; another daemon can still give it."""
        waiting = (number for number, method in self._pending.items() if method == "initialize")
        return next(waiting, None)

    def settle(self) -> Iterator[bytes]:
        """What the client is told when the daemon is gone."""
        self._heard |= self._said
        for number, method in list(self._pending.items()):
            if method == "initialize":
                continue
            del self._pending[number]
            if method == "shutdown":
                yield body_of({"jsonrpc": "2.0", "id": number, "result": None})
            else:  # editors take it for: ask again
                error = {"code": _CONTENT_MODIFIED, "message": "the server started anew"}
                yield body_of({"jsonrpc": "2.0", "id": number, "error": error})
        for token in self._progress:
            ended = {"token": token, "value": {"kind": "end"}}
            yield body_of({"jsonrpc": "2.0", "method": "$/progress", "params": ended})
        self._progress.clear()
