"""The lines that both ends of the socket say first; then LSP's messages follow, or the answer.

Each is one JSON object. A client's says what it wants:

    {"midword": 1, "do": "converse", "identity": "...", "pid": 4711, "cwd": "/", "model": null}
    {"midword": 1, "do": "status", ...}          also "stop" and "restart"

and the daemon's `{"midword": 1, "pid": 17}`, or why not: `{"midword": 1, "refused": "..."}`.
"""

from __future__ import annotations

import json
import os
from typing import Any, Literal

from midword.daemon.address import identity

LONGEST = 65_536  # bytes of such a line
GOODBYE = "midword/goodbye"
"""The daemon's last message, for the shim alone: `{"reason": Reason, "code": int}`."""
SNAPSHOT = "midword/snapshot"
"""The shim's request for the notification that opens a document as it is now: `{"uri": str}`."""

Wish = Literal["converse", "status", "stop", "restart"]
Reason = Literal["left", "stop", "restart"]
"""Why a conversation ended: by the client, for good, or to go on with another daemon."""

_VERSION = 1


def hello(wish: Wish, *, model: str | None = None) -> bytes:
    """What a client says first; its working directory is where relative paths begin."""
    try:
        cwd = os.getcwd()
    except OSError:  # it was removed
        cwd = "/"
    said = {"do": wish, "identity": identity(), "pid": os.getpid(), "cwd": cwd, "model": model}
    return line(**said)


def line(**said: Any) -> bytes:
    """One line of either end."""
    return json.dumps({"midword": _VERSION, **said}, separators=(",", ":")).encode() + b"\n"


def read(data: bytes) -> dict[str, Any]:
    """What a line says.

    Raises:
        ValueError: it is none of ours.
    """
    try:
        said = json.loads(data)
    except RecursionError as error:
        raise ValueError("too deep") from error
    if not isinstance(said, dict) or said.get("midword") != _VERSION:
        raise ValueError("not a line of this version")
    return said
