"""What a new daemon must be told to be where the last one was.

Kept are the raw bodies of what a client said about its documents and its settings; no edit is
applied here. A document's edits stay bounded: when they have grown longer than the document itself,
the daemon is asked for it as it is, and that takes their place.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from typing import Any

from midword.daemon.hello import SNAPSHOT

Message = dict[str, Any]

PRIVATE = "midword-shim-"
"""What the ids of the shim's own requests begin with."""

_LEAST = 65_536  # bytes of edits that are always kept
_SCOPES = ("textDocument", "notebookDocument")  # methods and params are named after them
_ONLY_LATEST = ("workspace/didChangeConfiguration", "$/setTrace")
_TOGGLE, _CHOOSE_MODEL = _SWITCHES = "midword.toggle", "midword.chooseModel"


class _Document:
    """One document or notebook: how it was opened, and what was edited since."""

    def __init__(self, opened: bytes) -> None:
        self.opened = opened
        self.edits: list[bytes] = []
        self.size = 0  # bytes of the edits
        self.asked: tuple[str, int] | None = None  # id and number of edits when a snapshot was

    @property
    def is_long(self) -> bool:
        return self.size > max(_LEAST, len(self.opened))

    def keep(self, body: bytes, *, is_whole: bool) -> None:
        """Take an edit down; one that has all the text makes earlier ones superfluous."""
        if is_whole:
            self.edits.clear()
            self.size, self.asked = 0, None
        self.edits.append(body)
        self.size += len(body)

    def begin_at(self, opened: bytes) -> None:
        """A snapshot came: what was edited before it was asked for is in it."""
        assert self.asked is not None
        self.opened = opened
        del self.edits[: self.asked[1]]
        self.size = sum(map(len, self.edits))
        self.asked = None


class Journal:
    """One client's documents and settings, as it told them."""

    def __init__(self) -> None:
        self._numbers = 0
        self._initialize: Message | None = None
        self._initialized: bytes | None = None
        self._latest: dict[str, bytes] = {}
        self._folders: dict[str, tuple[str, Message]] = {}  # by URI: "added" or "removed", folder
        self._documents: dict[str, _Document] = {}
        self._switches: dict[tuple[object, ...], Message] = {}
        self._commands: dict[object, Message] = {}  # by id: those that still wait for their answer

    @property
    def has_begun(self) -> bool:
        """Whether the client said `initialize`."""
        return self._initialize is not None

    def heard(self, body: bytes, message: Message) -> None:
        """Take down what the client says."""
        method = message.get("method")
        # What hasn't the protocol's form is the daemon's to refuse.
        with contextlib.suppress(TypeError, AttributeError):
            if isinstance(method, str):
                self._take(method, body, message)

    def _take(self, method: str, body: bytes, message: Message) -> None:
        scope, _, event = method.partition("/")
        params = message.get("params")
        if method == "initialize":
            self._initialize = self._initialize or message
        elif method == "initialized":
            self._initialized = body
        elif method in _ONLY_LATEST:
            self._latest[method] = body
        elif not isinstance(params, dict):
            return
        elif scope in _SCOPES and event in ("didOpen", "didChange", "didClose"):
            document = params.get(scope)
            uri = document.get("uri") if isinstance(document, dict) else None
            if isinstance(uri, str):
                self._edit(event, uri, body, params)
        elif method == "workspace/didChangeWorkspaceFolders":
            self._change_folders(params.get("event"))
        elif method == "workspace/executeCommand" and params.get("command") in _SWITCHES:
            self._commands[message.get("id")] = params

    def answered(self, message: Message) -> None:
        """Take down what the daemon answers: a switch holds once it did."""
        command = self._commands.pop(message.get("id"), None)
        result = message.get("result")
        if command is None or not isinstance(result, dict):
            return
        given = command.get("arguments")
        first = given[0] if isinstance(given, list) and given else None
        arguments = dict(first) if isinstance(first, dict) else {}
        # Without `enabled` it is the other way round, which must not be done twice.
        arguments.update(result)
        name = command["command"]
        scope = arguments.get("scope") if name == _TOGGLE else None
        if scope == "everywhere":  # resets the narrower ones
            self._switches = {k: v for k, v in self._switches.items() if k[0] != _TOGGLE}
        key = (name, scope, *(str(arguments.get(part)) for part in ("uri", "languageId") if scope))
        self._switches.pop(key, None)  # the latest is the last
        self._switches[key] = {"command": name, "arguments": [arguments]}

    def snapshots_wanted(self) -> Iterator[bytes]:
        """Requests for the documents of which too much is kept, each made once."""
        for uri, document in self._documents.items():
            if document.is_long and document.asked is None:
                request = self.request(SNAPSHOT, {"uri": uri})
                document.asked = f"{PRIVATE}{self._numbers}", len(document.edits)
                yield request

    def snapshot_came(self, message: Message) -> None:
        """Take a snapshot, if it is of a document that is still as it was when it was asked for."""
        result = message.get("result")
        for document in self._documents.values():
            is_of_it = document.asked is not None and document.asked[0] == message.get("id")
            # Without a result the daemon has lost it, and it comes back with its whole text.
            if is_of_it and isinstance(result, dict):
                document.begin_at(body_of(_notification(result["method"], result["params"])))

    def replay(self, unanswered: object = None) -> Iterator[bytes]:
        """All that a new daemon must be told; it answers to ids of the shim's own.

        Args:
            unanswered: the id of an `initialize` that the client still waits for, if it does.
        """
        self._commands.clear()
        if self._initialize is None:
            return
        if self._initialize.get("id") == unanswered:
            yield body_of(self._initialize)
        else:
            yield self.request("initialize", self._initialize.get("params"))
        if self._initialized is not None:
            yield self._initialized
        yield from self._latest.values()
        if self._folders:
            event: dict[str, list[Message]] = {"added": [], "removed": []}
            for what, folder in self._folders.values():
                event[what].append(folder)
            changed = "workspace/didChangeWorkspaceFolders"
            yield body_of(_notification(changed, {"event": event}))
        for document in self._documents.values():
            document.asked = None
            yield document.opened
            yield from document.edits
        for command in self._switches.values():
            yield self.request("workspace/executeCommand", command)

    def request(self, method: str, params: object = None) -> bytes:
        """A request of the shim's own, whose answer is not for the client."""
        self._numbers += 1
        number = f"{PRIVATE}{self._numbers}"
        return body_of({"jsonrpc": "2.0", "id": number, "method": method, "params": params})

    def _edit(self, event: str, uri: str, body: bytes, params: Message) -> None:
        if event == "didOpen":
            self._documents.pop(uri, None)
            self._documents[uri] = _Document(body)
        elif event == "didClose":
            self._documents.pop(uri, None)
        elif (document := self._documents.get(uri)) is not None:
            document.keep(body, is_whole=_is_whole(params.get("contentChanges")))

    def _change_folders(self, event: object) -> None:
        if not isinstance(event, dict):
            return
        for what in ("removed", "added"):
            for folder in event.get(what) or ():
                if isinstance(folder, dict):
                    self._folders[str(folder.get("uri"))] = what, folder


def _is_whole(changes: object) -> bool:
    """Whether a change begins with the document's whole text."""
    first = changes[0] if isinstance(changes, list) and changes else None
    return isinstance(first, dict) and first.get("range") is None and "text" in first


def _notification(method: str, params: object) -> Message:
    return {"jsonrpc": "2.0", "method": method, "params": params}


def body_of(message: Message) -> bytes:
    """A message as it goes over the wire."""
    # ASCII by escapes: lone surrogates, which no UTF-8 can hold, pass through unharmed.
    return json.dumps(message, separators=(",", ":")).encode("ascii")
