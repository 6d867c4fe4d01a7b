"""Where a document's words were left as they were typed: nothing of them is learnt yet.

A word is whole once something was written after it. Until then it may be the half of one, wherever
the writer goes: to a second cursor, another line, another document.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from midword.text.document import Document
from midword.text.edit import Edit
from midword.text.words import LETTER, word_span

# Places of one document; who left more words behind has finished the first ones.
_MOST = 100
_LINE_ENDS = re.compile(r"[^\S\n]*(?:\n|\Z)")


class Unfinished:
    """The places of one document; they move with its edits."""

    def __init__(self) -> None:
        self._latest: list[int] = []  # of the latest edits, each cursor's
        self._left: list[int] = []  # of those before, oldest first

    @property
    def cursor(self) -> int | None:
        """Where the writer was last; None before the first edit."""
        return self._latest[-1] if self._latest else None

    def edited(self, document: Document, edits: Iterable[Edit]) -> None:
        """Follow edits that were made at once, in their order; the document has them already."""
        made = [edit for edit in edits if edit.text or edit.end > edit.start]
        if not made:
            return
        self._left += self._latest
        self._latest = []
        for edit in made:
            self._left = list(_moved(self._left, edit))
            self._latest = list(_moved(self._latest, edit))
            self._latest += [*_seam(document, edit), edit.cursor]
        self._left = self._left[-_MOST:]
        self._latest = self._latest[-_MOST:]

    def without(self, text: str, first: int = 0) -> str:
        """A part of the document, from an offset on, without its words that are not whole."""
        spans = {word_span(text, place) for place in _within(self._latest, text, first)}
        for place in _within(self._left, text, first):
            span = word_span(text, place)
            # Who wrote a word before others, or before a sign, has finished it by leaving.
            if span is not None and _LINE_ENDS.match(text, span[1]):
                spans.add(span)
        parts, end = [], 0
        for span in sorted(span for span in spans if span is not None):
            parts.append(text[end : span[0]])
            end = span[1]
        return "".join([*parts, text[end:]])


def _within(places: Iterable[int], text: str, first: int) -> Iterator[int]:
    """The places that lie in a text, counted from its beginning."""
    return (place - first for place in places if first <= place <= first + len(text))


def _moved(places: Iterable[int], edit: Edit) -> Iterator[int]:
    """Places after an edit; one that it touches is the writer's again, who goes on there."""
    step = len(edit.text) - (edit.end - edit.start)
    for place in places:
        if place < edit.start:
            yield place
        elif place > edit.end:
            yield place + step


def _seam(document: Document, edit: Edit) -> list[int]:
    """Where a paste begins, if it was put behind letters: that makes a word of two halves."""
    if len(edit.text) < 2:
        return []
    around = document.slice(max(0, edit.start - 1), edit.start + 1)
    is_inside = len(around) == 2 and bool(LETTER.match(around[0]) and LETTER.match(around[1]))
    return [edit.start] if is_inside else []
