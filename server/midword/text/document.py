"""A document as an editor sees it: lines, versions, and edits given in LSP positions.

pygls has a `TextDocument`, but it breaks lines with `str.splitlines` (at form feeds, NEL and U+2028
too, which LSP does not), drops edits past the end and copies the whole text at every edit. Here the
text is a list of lines and an edit touches only the lines it changes.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from midword.text.prose import Prose

PositionEncoding = Literal["utf-8", "utf-16", "utf-32"]
"""The unit in which a client counts the characters of a line (LSP 3.17, PositionEncodingKind)."""

LineWatcher = Callable[[int, int, int], None]
"""Told of an edit as (first line changed, lines there before, lines there now)."""

BYTE_ORDER_MARK = "\ufeff"
"""What some programs write first in a file, and some editors hand on as the first character."""

_LINE_WITH_END = re.compile(r"[^\r\n]*(?:\r\n?|\n)")
_SURROGATE_PAIR = re.compile("[\U00010000-\U0010ffff]")  # characters of two units in UTF-16


def split_lines(text: str) -> list[str]:
    r"""Split at \n, \r\n and \r only, ends kept; the last line has none and may be empty."""
    if "\r" not in text:
        *lines, last = text.split("\n")
        return [line + "\n" for line in lines] + [last]
    lines = _LINE_WITH_END.findall(text)
    return [*lines, text[sum(map(len, lines)) :]]


class Document:
    """One open text. Offsets count code points; lines and characters count from 0, as in LSP."""

    def __init__(self, uri: str, language_id: str, version: int, text: str) -> None:
        self.uri = uri
        self.language_id = language_id
        self.version = version
        self.prose: Prose | None = None  # where `prose_of` keeps what it has read
        self._watchers: list[LineWatcher] = []
        self._text: str | None = text
        self._lines = split_lines(text)
        lengths = np.fromiter(map(len, self._lines), dtype=np.int64, count=len(self._lines))
        self._starts = np.cumsum(lengths) - lengths

    def __repr__(self) -> str:
        """Name the document without showing a word of it."""
        return f"Document({self.uri!r}, {self.language_id!r}, version {self.version})"

    def __len__(self) -> int:
        """Return the length of the text in code points."""
        return int(self._starts[-1]) + len(self._lines[-1])

    @property
    def text(self) -> str:
        """The whole text."""
        if self._text is None:
            self._text = "".join(self._lines)
        return self._text

    @property
    def line_count(self) -> int:
        """The number of lines; an empty text has one."""
        return len(self._lines)

    def line(self, line: int) -> str:
        """Return a line with its end."""
        return self._lines[line]

    def lines(self, first: int, stop: int) -> list[str]:
        """Return the lines from `first` to `stop` with their ends."""
        return self._lines[first:stop]

    def line_at(self, offset: int) -> int:
        """Return the line that holds `offset`."""
        # Asked ten times for each key; up to some thousand lines numpy's search takes longer.
        return max(0, bisect.bisect_right(self._starts, offset) - 1)

    def line_span(self, line: int) -> tuple[int, int]:
        """Return the offsets at which a line begins and ends, its line end left out."""
        start = int(self._starts[line])
        return start, start + _length(self._lines[line])

    def slice(self, start: int, end: int) -> str:
        """Return the text between two offsets, clamped, without putting the whole text together."""
        start, end = self._clamp(start), self._clamp(end)
        first, last = self.line_at(start), self.line_at(end)
        base = int(self._starts[first])
        return "".join(self._lines[first : last + 1])[start - base : max(start, end) - base]

    def watch(self, watcher: LineWatcher) -> None:
        """Call `watcher` after every edit with the lines it changed."""
        self._watchers.append(watcher)

    def offset_at(self, line: int, character: int, encoding: PositionEncoding) -> int:
        """Turn an LSP position into an offset.

        Positions past a line's end mean its end, past the last line the end of the text (LSP,
        Position). A position inside a character (half a surrogate pair) means its beginning.
        """
        if line < 0:
            return 0
        if line >= len(self._lines):
            return len(self)
        text = self._lines[line]
        return int(self._starts[line]) + min(_points(text, character, encoding), _length(text))

    def position_at(self, offset: int, encoding: PositionEncoding) -> tuple[int, int]:
        """Turn an offset, clamped to the text, into an LSP position (line, character)."""
        offset = self._clamp(offset)
        line = self.line_at(offset)
        text = self._lines[line]
        # Between \r and \n there is no position: LSP's line ends before both.
        column = min(offset - int(self._starts[line]), _length(text))
        return line, _units(text[:column], encoding)

    def edit(
        self,
        start: tuple[int, int],
        end: tuple[int, int],
        text: str,
        encoding: PositionEncoding,
    ) -> None:
        """Apply one LSP content change: the range from `start` to `end` becomes `text`."""
        self.replace(self.offset_at(*start, encoding), self.offset_at(*end, encoding), text)

    def replace(self, start: int, end: int, text: str) -> None:
        """Put `text` in the place of what lies between two offsets, clamped to the document."""
        start, end = sorted((self._clamp(start), self._clamp(end)))
        first, last = self.line_at(start), self.line_at(end)
        before = self._lines[first][: start - int(self._starts[first])]
        after = self._lines[last][end - int(self._starts[last]) :]
        if not before and first > 0 and self._lines[first - 1].endswith("\r"):
            first -= 1  # what comes now may begin with the \n of that \r
            before = self._lines[first]
        lines = _join(before, text, after)
        self._put(first, last + 1, lines)

    def _put(self, first: int, stop: int, lines: list[str]) -> None:
        """Put `lines` in the place of the lines from `first` to `stop`, and say so."""
        removed = stop - first
        grown = sum(map(len, lines)) - sum(map(len, self._lines[first:stop]))
        lengths = np.fromiter(map(len, lines), dtype=np.int64, count=len(lines))
        starts = self._starts[first] + np.cumsum(lengths) - lengths
        if len(lines) == removed:
            self._starts[first:stop] = starts
            self._starts[stop:] += grown
        else:
            self._starts = np.concatenate(
                [self._starts[:first], starts, self._starts[stop:] + grown]
            )
        self._lines[first:stop] = lines
        self._text = None
        for watcher in self._watchers:
            watcher(first, removed, len(lines))

    def _clamp(self, offset: int) -> int:
        return min(max(offset, 0), len(self))


def _join(before: str, text: str, after: str) -> list[str]:
    """Split what an edit leaves into lines; a long line without a break in it isn't searched.

    `before` is a line's beginning and `after` a line's rest, its end included.
    """
    if "\n" not in text and "\r" not in text and "\r" not in before:
        return [before + text + after]
    lines = split_lines(before + text + after)
    if after and not lines[-1]:
        lines.pop()  # `after` brought its line end, and the line below is there already
    return lines


def _length(line: str) -> int:
    """Return the length of a line without its end."""
    if line.endswith("\r\n"):
        return len(line) - 2
    return len(line) - line.endswith(("\n", "\r"))


def _units(text: str, encoding: PositionEncoding) -> int:
    """Return how many code units of `encoding` a text takes; lone surrogates count as they came."""
    if encoding == "utf-32" or text.isascii():
        return len(text)
    if encoding == "utf-8":
        return len(text.encode("utf-8", "surrogatepass"))
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _points(line: str, units: int, encoding: PositionEncoding) -> int:
    """Return how many whole code points of `line` lie within its first `units` code units."""
    text = line[: max(units, 0)]  # a code point takes at least one unit
    if encoding == "utf-32" or text.isascii():
        return len(text)
    if encoding == "utf-8":
        data = text.encode("utf-8", "surrogatepass")
        while units < len(data) and data[units] & 0xC0 == 0x80:
            units -= 1  # back to the character's first byte
        return len(data[:units].decode("utf-8", "surrogatepass"))
    for pairs, pair in enumerate(_SURROGATE_PAIR.finditer(text)):
        if pair.start() + pairs + 1 >= units:
            return min(units - pairs, pair.start())
    return min(units - len(_SURROGATE_PAIR.findall(text)), len(text))
