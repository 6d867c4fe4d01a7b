"""JSON however deep it is nested, as far down as anybody looks.

Python's parser gives up at its interpreter's depth. A message that can't be read can't be answered,
and an editor that asked with it would wait for ever.
"""

import json
import re
from collections.abc import Callable
from functools import cache
from typing import Any

_DEEPEST = 100  # levels; LSP's own messages have about ten
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*+"|[\[\]{}]', re.DOTALL)


def loads(body: bytes, parse_int: Callable[[str], Any] | None = None) -> Any:
    """The value of a JSON text; what is nested deeper than a hundred levels is null.

    Args:
        body: the text.
        parse_int: see `json.loads`.

    Raises:
        ValueError: it is no JSON.
    """
    try:
        return _read(body, parse_int)
    except RecursionError:
        return _read(_pruned(body), parse_int)


def _read(body: bytes, parse_int: Callable[[str], Any] | None) -> Any:
    # As json.loads does, but for the decoder, which that makes anew for each message.
    text = body.decode(json.detect_encoding(body), "surrogatepass")
    return _decoder(parse_int).decode(text)


@cache
def _decoder(parse_int: Callable[[str], Any] | None) -> json.JSONDecoder:
    return json.JSONDecoder(parse_int=parse_int)


def _pruned(body: bytes) -> bytes:
    kept: list[bytes] = []
    depth = start = 0
    for token in _TOKEN.finditer(body):
        sign = token[0]
        if sign in (b"[", b"{"):
            depth += 1
            if depth == _DEEPEST + 1:
                kept += (body[start : token.start()], b"null")
        elif sign in (b"]", b"}"):
            depth -= 1
            if depth == _DEEPEST:
                start = token.end()
    return b"".join([*kept, body[start:]]) if depth == 0 else body[:0]
