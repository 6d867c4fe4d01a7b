"""Keys and tokens in the formats of services that detect-secrets knows, found without its slowness.

Nearly each of its patterns has letters that whatever it matches must hold ("AKIA", one of "key",
"token" ...). Those are read out of the pattern itself, and a pattern is tried on the lines that
have all of them. Nothing is verified, for that would open the
network.
"""

from __future__ import annotations

import re
import socket
import sys
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from itertools import accumulate
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any, NamedTuple

# What IGNORECASE takes for ASCII letters, and `lower` does not, or makes two signs of.
_LIKE_ASCII = (("\u0130", "i"), ("\u0131", "i"), ("\u017f", "s"), ("\u212a", "k"))


class Format(NamedTuple):
    """A pattern, and sets of strings: what it matches holds one of each, the rarest set first."""

    pattern: re.Pattern[str]
    any_case: bool
    needs: Sequence[Sequence[str]]

    @classmethod
    def of(cls, pattern: re.Pattern[str]) -> Format:
        """Read what it needs out of the pattern."""
        needs = sorted(_needs(_parser.parse(pattern.pattern, pattern.flags)), key=_rareness)
        any_case = bool(pattern.flags & re.IGNORECASE)
        if any_case:
            needs = [[string.lower() for string in each] for each in needs]
        return cls(pattern, any_case, needs[::-1])


def known_formats(text: str) -> Iterator[tuple[int, int]]:
    """Where something stands that a service's keys look like; a match stays within a line."""
    lowered = without_case(text)
    lines = text.splitlines(keepends=True)
    starts = [0, *accumulate(map(len, lines))]
    for pattern, any_case, needs in service_formats():
        for number in _lines_with(needs, lowered if any_case else text, starts):
            for match in pattern.finditer(lines[number]):
                yield starts[number] + match.start(), starts[number] + match.end()


def without_case(text: str) -> str:
    """A text as long as this one that holds in small letters what IGNORECASE finds in this one."""
    if not text.isascii():
        for sign, letter in _LIKE_ASCII:
            text = text.replace(sign, letter)
    return text.lower()


def _lines_with(needs: Sequence[Sequence[str]], text: str, starts: Sequence[int]) -> Iterator[int]:
    """The numbers of the lines that hold a string of each set."""
    if not needs:
        yield from range(len(starts) - 1)
        return
    seen = set[int]()
    for string in needs[0]:
        at = text.find(string)
        while at >= 0:
            line = bisect_right(starts, at) - 1
            begin, end = starts[line], starts[line + 1]
            others = (any(text.find(s, begin, end) >= 0 for s in each) for each in needs[1:])
            if line not in seen and all(others):
                seen.add(line)
                yield line
            at = text.find(string, end)


def _rareness(strings: Sequence[str]) -> tuple[int, int]:
    """How rarely a text has one of some strings."""
    return min(map(len, strings)), -len(strings)


def _needs(items: Any) -> list[list[str]]:
    """Sets of strings; of each set a match holds one. `items`: a parsed pattern."""
    found: list[list[str]] = []
    run = ""
    for kind, value in [*items, (None, None)]:
        if kind is op.LITERAL:
            run += chr(value)
            continue
        if run:
            found.append([run])
            run = ""
        if kind is op.SUBPATTERN:
            found += _needs(value[-1])
        elif kind is op.ATOMIC_GROUP:
            found += _needs(value)
        elif kind in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT) and value[0] > 0:
            found += _needs(value[-1])
        elif kind is op.BRANCH:
            each = [max(_needs(alternative), key=_rareness, default=()) for alternative in value[1]]
            if all(each):
                found.append([string for strings in each for string in strings])
    return found


@lru_cache(maxsize=1)
def service_formats() -> list[Format]:
    """Those of detect-secrets that know a service's format; its entropy plugins are for code."""
    with _no_sockets():
        from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
        from detect_secrets.plugins.base import RegexBasedDetector

    plugins: list[Any] = list(get_mapping_from_secret_type_to_class().values())
    services = [plugin for plugin in plugins if issubclass(plugin, RegexBasedDetector)]
    return [Format.of(pattern) for plugin in services for pattern in plugin.denylist]


@contextmanager
def _no_sockets() -> Iterator[None]:
    """Let urllib3, which detect-secrets imports, not try a socket to see whether IPv6 works."""
    there = socket.has_ipv6
    socket.has_ipv6 = False
    try:
        yield
    finally:
        socket.has_ipv6 = there
        if (urllib3 := sys.modules.get("urllib3.util.connection")) is not None:
            urllib3.HAS_IPV6 = there  # type: ignore[attr-defined]
