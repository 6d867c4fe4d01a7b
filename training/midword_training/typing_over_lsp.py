"""The simulated typist in front of a real server: a subprocess, JSON-RPC over its pipes."""

import itertools
import json
import subprocess
import sys
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self


class OverLsp:
    """A predictor that types into ``midword serve --stdio`` as an editor does.

    Args:
        command: starts the server; this Python's Midword by default.
        settings: initialization options.

    Use it as a context manager; the server ends with it.
    """

    def __init__(
        self, command: Sequence[str] = (), *, settings: dict[str, Any] | None = None
    ) -> None:
        self._server = subprocess.Popen(
            list(command) or [sys.executable, "-m", "midword", "serve", "--stdio"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        self._ids = itertools.count()
        self._document = 0
        self._version = 0
        self._line = self._column = 0
        self._typed = ""
        self.request(
            "initialize",
            {
                "processId": None,
                "rootUri": None,
                "capabilities": {"general": {"positionEncodings": ["utf-32"]}},
                "initializationOptions": {"items": 10, **(settings or {})},
            },
        )
        self._notify("initialized", {})
        self._open("")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.request("shutdown", None)
        self._notify("exit", None)
        self._server.communicate(timeout=10)

    @property
    def pid(self) -> int:
        """The server's process."""
        return self._server.pid

    def begin(self, left: str, right: str) -> None:
        """See :class:`midword_training.typing_simulator.Predictor`."""
        # Another document: the server learns texts after a pause, and what it learnt for the last
        # word may have this one in its right context.
        self._notify("textDocument/didClose", {"textDocument": {"uri": self._uri}})
        self._open(left + right)
        self._line = left.count("\n")
        self._column = len(left) - left.rfind("\n") - 1
        self._typed = ""

    def complete(self, typed: str, limit: int) -> tuple[list[str], float]:
        """See :class:`midword_training.typing_simulator.Predictor`; an invoked request."""
        if typed != self._typed:
            start, end = self._column, self._column + len(self._typed)
            self._change([{"range": self._range(start, end), "text": typed}])
            self._typed = typed
        answer = self.request(
            "textDocument/completion",
            {
                "textDocument": {"uri": self._uri},
                "position": {"line": self._line, "character": self._column + len(typed)},
                "context": {"triggerKind": 1},
            },
        )
        items = answer["items"] if answer else []
        words = [item.get("insertText") or item["textEdit"]["newText"] for item in items]
        return words[:limit], _probability(items[0].get("detail", "")) if items else 0.0

    def request(self, method: str, params: Any) -> Any:
        """Send a request and wait for its result.

        Raises:
            RuntimeError: the server answered with an error, or is gone.
        """
        number = next(self._ids)
        self._send({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
        while True:
            message = self._receive()
            if "method" in message:
                if "id" in message:  # the server asks for settings or a progress token
                    wanted = (message.get("params") or {}).get("items", [])
                    self._send(
                        {"jsonrpc": "2.0", "id": message["id"], "result": [None] * len(wanted)}
                    )
            elif message.get("id") == number:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']['message']}")
                return message["result"]

    @property
    def _uri(self) -> str:
        return f"untitled:typed-{self._document}"

    def _open(self, text: str) -> None:
        self._document += 1
        opened = {"uri": self._uri, "languageId": "plaintext", "version": 0, "text": text}
        self._notify("textDocument/didOpen", {"textDocument": opened})

    def _range(self, start: int, end: int) -> dict[str, Any]:
        return {
            "start": {"line": self._line, "character": start},
            "end": {"line": self._line, "character": end},
        }

    def _change(self, changes: list[dict[str, Any]]) -> None:
        self._version += 1
        document = {"uri": self._uri, "version": self._version}
        self._notify(
            "textDocument/didChange", {"textDocument": document, "contentChanges": changes}
        )

    def _notify(self, method: str, params: Any) -> None:
        self._send({"jsonrpc": "2.0", "method": method, "params": params})

    def _send(self, message: dict[str, Any]) -> None:
        assert self._server.stdin is not None
        body = json.dumps(message).encode()
        self._server.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        self._server.stdin.flush()

    def _receive(self) -> dict[str, Any]:
        assert self._server.stdout is not None
        length = 0
        while (header := self._server.stdout.readline()) != b"\r\n":
            if not header:
                raise RuntimeError("the server is gone")
            name, _, value = header.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        message: dict[str, Any] = json.loads(self._server.stdout.read(length))
        return message


def _probability(detail: str) -> float:
    """The probability that an item's detail shows, such as "42%"; 0.0 where it shows none."""
    number, sign, _ = detail.partition("%")
    return float(number.split()[-1]) / 100 if sign else 0.0
