"""What stands open between a client and its daemon, and must be settled when that dies.

The client's requests without an answer, progress that it still shows, and what it has heard before
and need not hear again from the next one.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator

from midword.daemon.journal import Message, body_of

_CONTENT_MODIFIED = -32801  # LSP 3.17, "ErrorCodes"
# Clients that show the writer any error but RequestCancelled: Neovim 0.11 and 0.12.
_SHOW_ERRORS = ("Neovim",)
_SAID_ONCE = ("client/registerCapability", "window/showMessage")


class _Request:
    """What the client waits for."""

    def __init__(self, method: str, body: bytes) -> None:
        self.method = method
        self.body = body
        self.was_asked_again = False


class Dealings:
    """One client's, with one daemon after the other."""

    def __init__(self) -> None:
        self._shows_errors = False  # whether the client is one of those
        self._pending: dict[str | int, _Request] = {}  # by id
        self._progress: set[str | int] = set()  # tokens
        self._heard: set[str] = set()  # from former daemons
        self._said: set[str] = set()  # by this one

    def asked(self, message: Message, body: bytes) -> None:
        """Note a request of the client's."""
        number, method = message.get("id"), message.get("method")
        if isinstance(number, str | int) and isinstance(method, str):
            self._pending[number] = _Request(method, body)
        if method == "initialize":
            with contextlib.suppress(TypeError, LookupError):  # it doesn't say, or the like of it
                self._shows_errors = message["params"]["clientInfo"]["name"] in _SHOW_ERRORS

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
        pending = self._pending.items()
        return next((number for number, r in pending if r.method == "initialize"), None)

    def settle(self) -> Iterator[bytes]:
        """What the client is told when the daemon is gone."""
        self._heard |= self._said
        for number, request in list(self._pending.items()):
            if request.method == "initialize" or self._can_ask_again(request):
                continue
            del self._pending[number]
            if request.method == "shutdown":
                yield body_of({"jsonrpc": "2.0", "id": number, "result": None})
            else:  # editors take it for: ask again
                error = {"code": _CONTENT_MODIFIED, "message": "the server started anew"}
                yield body_of({"jsonrpc": "2.0", "id": number, "error": error})
        for token in self._progress:
            ended = {"token": token, "value": {"kind": "end"}}
            yield body_of({"jsonrpc": "2.0", "method": "$/progress", "params": ended})
        self._progress.clear()

    def ask_again(self) -> Iterator[bytes]:
        """What another daemon is asked in the client's stead, once the journal was told."""
        for request in self._pending.values():
            if self._can_ask_again(request):
                request.was_asked_again = True
                yield request.body

    def _can_ask_again(self, request: _Request) -> bool:
        """Whether a request changes nothing; once more only, for it may be what kills."""
        reads = request.method.startswith("textDocument/")
        return self._shows_errors and reads and not request.was_asked_again
