"""Which parts of a document are prose: read around the cursor, kept up to date edit by edit."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import PurePath
from typing import Any, NamedTuple

from midword.text.document import Document
from midword.text.languages.reader import BREAK, HIDDEN, SIGN, Line, Reader
from midword.text.languages.table import LANGUAGES, Language

LONG_LINE = 20_000
"""Characters; of a longer line only this much on either side of the cursor is looked at."""

FARTHEST = 2_000
"""Lines; prose farther from the cursor than this is not looked for (there is code in between)."""

_BY_NAME = {name: language for language in LANGUAGES for name in (language.id, *language.aliases)}
_BY_SUFFIX = {suffix: language for language in LANGUAGES for suffix in language.suffixes}

_UNKNOWN = object()

_MARKS = re.compile(f"[{SIGN}{HIDDEN}\u00ad\u200b-\u200f\u2060\ufeff]+")
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
    language = _BY_SUFFIX.get(path.name) or _BY_SUFFIX.get(path.suffix.lower())
    return language.id if language else None


def prose_text(text: str, language_id: str) -> list[str]:
    """Return the paragraphs of prose in a whole text, markup removed, one string each.

    Raises `ValueError` for a language that is not supported.
    """
    if not is_supported(language_id):
        raise ValueError(f"{language_id!r} is not a language that Midword reads.")
    prose = Prose(Document("", language_id, 0, text))
    return clean(prose.between(0, prose.document.line_count)).strip("\n ").split("\n")


def prose_of(document: Document) -> Prose | None:
    """Return the document's prose, read once and kept; None if its language is not supported."""
    if document.prose is None and is_supported(document.language_id):
        document.prose = Prose(document)
    return document.prose


def clean(veiled: str) -> str:
    r"""Take signs and hidden parts out of a veiled text; blanks become " " and breaks "\n"."""
    return _BREAKS.sub("\n", _BLANKS.sub(" ", _MARKS.sub("", veiled)))


class _Piece(NamedTuple):
    """A line, or the part of a long one that is looked at."""

    line: Line
    end: str
    """The line's end as signs and a newline."""
    start: int
    """The offset of its first character."""

    @property
    def length(self) -> int:
        return len(self.line.text) + len(self.end)


class Passage(NamedTuple):
    """The veiled text around a cursor, character for character, and "\n" only between blocks."""

    left: str
    right: str


class Prose:
    """The prose of one document.

    It keeps the state in which each line begins. An edit drops the states of the lines it changed;
    they are found again when asked for, and reading stops as soon as a state comes out as it was.
    """

    def __init__(self, document: Document) -> None:
        language = find_language(document.language_id)
        assert language is not None
        reader: Reader[Any] = language.reader()
        self.document = document
        self._reader = reader
        self._veil = lru_cache(maxsize=512)(reader.veil)
        self._inline = lru_cache(maxsize=128)(reader.inline)
        self._states: list[Any] = [reader.start]  # of the lines from the first on, if known
        self._right = 0  # the states up to this line are right
        self._edited = 0  # from this line on each state follows from the one before
        document.watch(self._forget)

    def around(self, offset: int, reach: int) -> Passage | None:
        """Return the prose around `offset`, on either side `reach` characters if there are so many.

        None if the line at `offset` has no room for prose.
        """
        document = self.document
        at = document.line_at(offset)
        here = self._line(at, offset - document.line_span(at)[0])
        if here.line.hidden or (offset == here.start and here.line.text.startswith(HIDDEN)):
            return None
        before = self._walk(at, -1, reach)
        after = self._walk(at, 1, reach)
        pieces = [*reversed(before), here, *after]
        veiled = self._paragraphs(pieces)
        cursor = sum(piece.length for piece in before) + offset - here.start
        return Passage(veiled[:cursor], veiled[cursor:])

    def between(self, first: int, stop: int) -> str:
        """Return the lines from `first` to `stop` veiled."""
        return self._paragraphs([self._line(line, 0) for line in range(first, stop)])

    def _walk(self, at: int, step: int, reach: int) -> list[_Piece]:
        """Return the lines next to line `at`, nearest first, until there is enough prose."""
        pieces: list[_Piece] = []
        stop = min(max(at + FARTHEST * step, -1), self.document.line_count)
        found = 0
        for line in range(at + step, stop, step):
            if found > 3 * reach or (found > reach and pieces[-1].line.opens):
                break
            piece = self._line(line, LONG_LINE * 2 if step < 0 else 0)
            pieces.append(piece)
            found += piece.length - piece.line.text.count(HIDDEN)
        return pieces

    def _line(self, number: int, column: int) -> _Piece:
        """Return a line veiled, a long one only near `column`."""
        start, stop = self.document.line_span(number)
        text = self.document.line(number)
        body, end = text[: stop - start], text[stop - start :]
        if len(body) > 2 * LONG_LINE:
            column = min(column, len(body))
            cut = max(0, column - LONG_LINE)
            body = body[cut : column + LONG_LINE]
            start += cut
        line = self._veil(body, self._state(number))
        return _Piece(line, SIGN * (len(end) - 1) + "\n" if end else "", start)

    def _paragraphs(self, pieces: list[_Piece]) -> str:
        """Put lines together to blocks and veil the inline markup of each."""
        blocks: list[str] = []
        block = ""
        for number, (line, end, _) in enumerate(pieces, 1):
            block += line.text + end
            if number == len(pieces) or line.closes or pieces[number].line.opens:
                if not line.hidden and not block.isspace():
                    block = self._inline(block)
                # Within a block a line's end is a blank, between blocks a break.
                block = block[:-1].replace("\n", " ") + block[-1:]
                blocks.append(block.replace(BREAK, "\n"))
                block = ""
        return "".join(blocks)

    def _state(self, number: int) -> Any:
        """Return the state in which a line begins."""
        states = self._states
        while self._right < number:
            line = self._right
            state = self._reader.advance(self.document.line(line), states[line])
            self._right += 1
            if self._right == len(states):
                states.append(state)
            elif self._right >= self._edited and states[self._right] == state:
                self._right = len(states) - 1
            else:
                states[self._right] = state
        return states[number]

    def _forget(self, first: int, removed: int, inserted: int) -> None:
        """Drop the states within an edit's lines; those behind it may still come out right."""
        states = self._states
        if first + removed >= len(states):
            del states[first + 1 :]
            self._right = min(self._right, len(states) - 1)
            return
        if self._right == len(states) - 1:
            self._edited = first + inserted
        else:
            self._edited = max(self._edited + inserted - removed, first + inserted)
        states[first + 1 : first + removed] = [_UNKNOWN] * (inserted - 1)
        self._right = min(self._right, first)
