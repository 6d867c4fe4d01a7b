"""Which parts of a document are prose: read around the cursor, kept up to date edit by edit."""

from __future__ import annotations

import re
import sys
from functools import lru_cache
from pathlib import PurePath
from typing import Any, NamedTuple

from midword.text.document import BYTE_ORDER_MARK, Document
from midword.text.languages.reader import BREAK, HIDDEN, SIGN, LanguageReader, Line, unquoted
from midword.text.languages.table import LANGUAGES, Language
from midword.text.notebook import NOTEBOOK, markdown_cells
from midword.text.states import States

LONG_LINE = 6_000
"""Characters; of a longer line only this much on either side of the cursor is looked at."""

FARTHEST = 2_000
"""Lines; prose farther from the cursor than this is not looked for (there is code in between)."""

_END = sys.maxsize  # a column past every line's end

_BY_NAME = {name: language for language in LANGUAGES for name in (language.id, *language.aliases)}
_BY_SUFFIX = {suffix: language for language in LANGUAGES for suffix in language.suffixes}

# Code that is left out before a comma takes the blank before it along: "The name is `x`, which".
_LEFT_OUT = re.compile(rf" {HIDDEN}+(?=[{SIGN}{HIDDEN}]*[,.;:!?)])")
_MARKS = re.compile(f"[{SIGN}{HIDDEN}\u00ad\u200b-\u200f\u2060\ufeff]+")
_SURROGATE = re.compile("[\ud800-\udfff]")  # half a character: tokenizers refuse it
_BLANKS = re.compile(r"[^\S\n]+")
_BREAKS = re.compile(r" ?\n[\n ]*")


def find_language(language_id: str) -> Language | None:
    """Return the language that an editor means, who may name several: "markdown.pandoc"."""
    for name in (language_id, *language_id.split(".")):
        if language := _BY_NAME.get(name.strip().lower()):
            return language
    return None


def is_supported(language_id: str) -> bool:
    """Whether text of this language (an editor's language id) can be read."""
    return find_language(language_id) is not None


def language_of(path: str | PurePath) -> str | None:
    """Return the id of the language that a file's name tells, or None if it is not read."""
    path = PurePath(path)
    if path.suffix.lower() == ".ipynb":
        return NOTEBOOK
    language = _BY_SUFFIX.get(path.name) or _BY_SUFFIX.get(path.suffix.lower())
    return language.id if language else None


def prose_of(document: Document) -> Prose | None:
    """Return the document's prose, read once and kept; None if its language is not supported."""
    if document.prose is None and is_supported(document.language_id):
        document.prose = Prose(document)
    return document.prose


def clean(veiled: str) -> str:
    r"""Take signs and hidden parts out of a veiled text; blanks become " " and breaks "\n"."""
    if not veiled.isascii():
        veiled = _SURROGATE.sub("\ufffd", unquoted(veiled))
    return _BREAKS.sub("\n", _BLANKS.sub(" ", _MARKS.sub("", _LEFT_OUT.sub("", veiled))))


class Passage(NamedTuple):
    """The prose around a cursor."""

    before: str
    """The prose of earlier blocks, cleaned."""
    left: str
    """The cursor's block up to the cursor, veiled: character for character as in the document."""
    right: str
    """The rest of the block, veiled."""
    after: str
    """The prose of later blocks, cleaned."""


class _Piece(NamedTuple):
    """A line, or the part of a long one that is looked at."""

    line: Line
    text: str
    """The line veiled, with its end."""
    start: int
    """The offset of its first character."""


class Prose:
    """The prose of one document."""

    def __init__(self, document: Document) -> None:
        language = find_language(document.language_id)
        assert language is not None
        reader: LanguageReader[Any] = language.reader()
        self._document = document
        self._states = States(document, reader)
        self._veil = lru_cache(maxsize=256)(reader.veil)
        self._inline = lru_cache(maxsize=64)(reader.inline)
        # Typing changes one block. The prose before and after it is kept, under what it hangs on.
        self._before: tuple[tuple[int, int], str] | None = None
        self._after: tuple[tuple[int, int, Any], str] | None = None
        document.watch(self._forget)

    def around(self, offset: int, reach: int) -> Passage | None:
        """Return the prose around `offset`, on either side `reach` characters if there are so many.

        None if the line at `offset` has no room for prose.
        """
        document = self._document
        at = document.line_at(offset)
        here = self._piece(at, offset - document.line_span(at)[0])
        if here.line.hidden or (offset == here.start and here.line.text.startswith(HIDDEN)):
            return None
        before = self._neighbours(here, range(at - 1, -1, -1), 2 * reach)[::-1]
        after = self._neighbours(here, range(at + 1, document.line_count), 2 * reach)
        block = self._join([*before, here, *after])
        cursor = sum(len(piece.text) for piece in before) + offset - here.start
        return Passage(
            self._prose_before(at - len(before), reach),
            block[:cursor],
            block[cursor:],
            self._prose_after(at + 1 + len(after), reach),
        )

    def _neighbours(self, piece: _Piece, lines: range, room: int) -> list[_Piece]:
        """Return the lines next to one that belong to its block, nearest first, while room is."""
        pieces: list[_Piece] = []
        backwards = lines.step < 0
        for line in lines:
            if room <= 0 or (piece.line.opens if backwards else piece.line.closes):
                break
            piece = self._piece(line, _END if backwards else 0)
            if piece.line.closes if backwards else piece.line.opens:
                break
            pieces.append(piece)
            room -= len(piece.text)
        return pieces

    def blocks(self) -> list[str]:
        """Return the prose of the whole document, a string for each block."""
        pieces = [self._piece(line, 0) for line in range(self._document.line_count)]
        return [block for block in self._clean(pieces).split("\n") if block]

    def _prose_before(self, stop: int, reach: int) -> str:
        """Return the prose of the lines before `stop`, as much as is asked for."""
        key = (stop, reach)
        if self._before is None or self._before[0] != key:
            lines = range(stop - 1, max(stop - FARTHEST, 0) - 1, -1)
            self._before = key, self._clean(self._gather(lines, reach)[::-1])
        return self._before[1]

    def _prose_after(self, start: int, reach: int) -> str:
        """Return the prose of the lines from `start` on, as much as is asked for."""
        count = self._document.line_count
        if start >= count:
            return ""
        key = (count - start, reach, self._states[start])
        if self._after is None or self._after[0] != key:
            lines = range(start, min(start + FARTHEST, count))
            self._after = key, self._clean(self._gather(lines, reach))
        return self._after[1]

    def _forget(self, first: int, removed: int, inserted: int) -> None:
        """Drop what is kept of the prose before and after the cursor if an edit touched it."""
        if self._before and first < self._before[0][0]:
            self._before = None
        if self._after and self._document.line_count - first - inserted < self._after[0][0]:
            self._after = None

    def _gather(self, lines: range, reach: int) -> list[_Piece]:
        """Return lines in the order given until they hold enough prose."""
        pieces: list[_Piece] = []
        for line in lines:
            piece = self._piece(line, _END if lines.step < 0 else 0)
            pieces.append(piece)
            reach -= len(piece.text) - piece.text.count(HIDDEN)
            if reach < 0 and piece.line.opens:
                break
        return pieces

    def _piece(self, number: int, column: int) -> _Piece:
        """Return a line veiled, a long one only near `column`."""
        start, stop = self._document.line_span(number)
        text = self._document.line(number)
        body, end = text[: stop - start], text[stop - start :]
        mark = BYTE_ORDER_MARK if number == 0 and body.startswith(BYTE_ORDER_MARK) else ""
        body = body.removeprefix(mark)
        if len(body) > 2 * LONG_LINE:
            column = min(column, len(body))
            cut = max(0, column - LONG_LINE)
            body = body[cut : column + LONG_LINE]
            if cut:
                start += len(mark) + cut
                mark = ""
        line = self._veil(body, self._states[number])
        if mark:
            line = line._replace(text=(HIDDEN if line.hidden else SIGN) + line.text)
        return _Piece(line, line.text + (" " * (len(end) - 1) + "\n" if end else ""), start)

    def _clean(self, pieces: list[_Piece]) -> str:
        """Return the prose of lines, a newline between blocks."""
        blocks: list[str] = []
        block: list[_Piece] = []
        for piece in pieces:
            if block and (piece.line.opens or block[-1].line.closes):
                blocks.append(self._join(block))
                block = []
            block.append(piece)
        blocks.append(self._join(block))
        return clean("\n".join(blocks)).strip("\n ")

    def _join(self, pieces: list[_Piece]) -> str:
        """Put the lines of a block together, a blank for each line's end, all markup veiled."""
        text = "".join(piece.text for piece in pieces)
        if text.isspace() or all(piece.line.hidden for piece in pieces):
            return text
        return self._inline(text).replace("\n", " ").replace(BREAK, "\n")


def prose_text(text: str, language_id: str) -> list[str]:
    """Return the paragraphs of prose in a whole text, markup removed, one string each.

    A Jupyter notebook ("jupyter") is read for its Markdown cells. Raises `ValueError` for a
    language that is not supported, and for a notebook that is none.
    """
    if language_id == NOTEBOOK:
        return [block for cell in markdown_cells(text) for block in prose_text(cell, "markdown")]
    if not is_supported(language_id):
        raise ValueError(f"{language_id!r} is not a language that Midword reads.")
    return Prose(Document("", language_id, 0, text)).blocks()
