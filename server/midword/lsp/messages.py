"""From a message's bytes to objects, as leniently as editor and server stay of one mind.

A number too large for the protocol means the largest there is, as a position past the end means the
end: an edit that was dropped for it would leave editor and server with different texts.
"""

from __future__ import annotations

import asyncio
import math
import sys
from collections.abc import Callable
from functools import cache
from typing import Any

import cattrs
from lsprotocol import types
from pygls.protocol import default_converter

from midword.lsp import deep_json

# What a client sends until it has its first list.
_FIRST = (
    types.InitializeRequest,
    types.InitializedNotification,
    types.DidOpenTextDocumentNotification,
    types.DidChangeTextDocumentNotification,
    types.CompletionRequest,
)
# What it sends later, and a large part of these.
_LATER = (
    types.Diagnostic,
    types.CodeActionRequest,
    types.InlineCompletionRequest,
    types.HoverRequest,
    types.DidSaveTextDocumentNotification,
    types.DidCloseTextDocumentNotification,
    types.ConfigurationRequest,
    types.DidChangeConfigurationNotification,
    types.DidChangeWatchedFilesNotification,
    types.ExecuteCommandRequest,
    types.DidOpenNotebookDocumentNotification,
    types.DidChangeNotebookDocumentNotification,
    types.CancelNotification,
    types.ShutdownRequest,
    types.ExitNotification,
)
_PAUSE = 0.002  # seconds

_MOST = 2**31 - 1  # of every number in the protocol (LSP 3.17, "Base Types")


def read(body: bytes) -> Any:
    """The JSON in a message's body.

    Raises:
        ValueError: it is none.
    """
    return deep_json.loads(body, parse_int=_whole)


@cache
def converter() -> cattrs.Converter:
    """What turns messages into objects, one for all sessions: it writes code for each kind.

    Numbers out of bounds are taken as the nearest ones; a text that is none is refused.
    """
    lenient: cattrs.Converter = default_converter()  # type: ignore[no-untyped-call]
    hooks: dict[type, Callable[[Any, Any], Any]] = {
        int: _number,
        str: _text,
        types.Position: _position,
        types.TextDocumentContentChangePartial: _edit,
        types.NotebookCell: _cell,
    }
    for kind, hook in hooks.items():
        lenient.register_structure_hook(kind, hook)
    return lenient


def make_ready() -> None:
    """Have the converter write its code for a client's first messages: a fiftieth of a second."""
    for kind in _FIRST:
        converter().get_structure_hook(kind)
    converter().get_unstructure_hook(types.InitializeResult)


async def warm_up() -> None:
    """Have it write the rest: a millisecond or less a kind.

    On the event loop, for it is not made for threads, and bit by bit.
    """
    for kind in _LATER:
        converter().get_structure_hook(kind)
        await asyncio.sleep(_PAUSE)


def uri_in(message: dict[str, Any]) -> str | None:
    """The document or notebook that params which aren't understood are about, if one can tell."""
    params = message.get("params")
    for name in ("textDocument", "notebookDocument"):
        about = params.get(name) if isinstance(params, dict) else None
        if isinstance(about, dict) and isinstance(uri := about.get("uri"), str):
            return uri
    return None


def _whole(digits: str) -> int:
    """A JSON number without a point. Python refuses to read very long ones."""
    if len(digits) > sys.int_info.default_max_str_digits:
        return -(2**63) if digits.startswith("-") else 2**63
    return int(digits)


def _number(value: Any, kind: type[int] = int) -> int:
    """A number in a message, as near as the protocol can have it."""
    if kind is not int:  # bool, or an enumeration
        return kind(value)
    if isinstance(value, float) and math.isinf(value):
        return _MOST if value > 0 else -_MOST
    return max(-_MOST - 1, min(int(value), _MOST))


def _text(value: Any, kind: type[str] = str) -> str:
    """A string in a message. cattrs would make one of anything: "None" where there is no text."""
    if kind is not str:  # an enumeration
        return kind(value)
    if isinstance(value, str | int | float):
        return str(value)
    raise TypeError("not a string")


def _position(value: Any, _: Any) -> types.Position:
    """A position; before the first line means the beginning, whatever the character."""
    line, character = _number(value["line"]), _number(value["character"])
    return types.Position(max(0, line), 0 if line < 0 else max(0, character))


def _edit(value: Any, _: Any) -> types.TextDocumentContentChangeEvent:
    """An edit. `rangeLength` is out of date (LSP 3.17), and a wrong one no reason to drop it."""
    text = _text(value["text"])
    if value.get("range") is None:
        return types.TextDocumentContentChangeWholeDocument(text=text)
    start, end = value["range"]["start"], value["range"]["end"]
    place = types.Range(_position(start, None), _position(end, None))
    return types.TextDocumentContentChangePartial(text=text, range=place)


def _cell(value: Any, _: Any) -> types.NotebookCell:
    """A notebook's cell, without its metadata and how it ran, of which nobody here asks."""
    return types.NotebookCell(types.NotebookCellKind(value["kind"]), _text(value["document"]))
