"""Which characters of a document were typed, and which words that finishes.

What was pasted, undone, formatted or opened is somebody else's, or older. A word that was taken
from our list is the writer's choice and counts as typed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from midword.text.document import Document
from midword.text.edit import Edit
from midword.text.words import LONGEST_WORD, WORD

# Editors wait a little before they tell of edits: so much is typed meanwhile, and little is pasted.
_AT_ONCE = 4  # characters
_MOST = 100  # runs of typed characters in a document; the latest
_NEAR = 300  # characters before a word that are looked at

_OPENERS = re.escape("\"'\u201c\u2018\u00ab([{*_~")
_CLOSERS = re.escape("\"'\u201d\u2019\u00bb)]}*_~.,;:!?\u2026")
_TOKEN = re.compile(rf"(?<!\S)[{_OPENERS}]*({WORD.pattern})(?:[{_CLOSERS}]*)(?=\s)")
_LEFT = re.compile(rf"(?<!\S)[{_OPENERS}]*({WORD.pattern})[ \t]+[{_OPENERS}]*\Z")


class Finished(NamedTuple):
    """A word that was typed to its end.

    Attributes:
        word: as written.
        left: the word before it, if that was typed too and no sign stands between; "" if not.
        near: what stands before it in its line, and the line before.
        starts: whether it may have its capital for its place only.
    """

    word: str
    left: str
    near: str
    starts: bool


class Typed:
    """The typed runs of one document; they move with its edits."""

    def __init__(self) -> None:
        self._runs: list[tuple[int, int]] = []  # offsets, in order, apart from each other

    def edited(self, edit: Edit, offered: Iterable[str]) -> bool:
        """Follow an edit; whether it was typed.

        Args:
            edit: which the document has already.
            offered: the words of the latest list; whoever takes one puts in all of it, or what
                lacks.
        """
        is_typed = len(edit.text) <= _AT_ONCE or any(
            word.endswith(edit.text.rstrip()) for word in offered
        )
        step = len(edit.text) - (edit.end - edit.start)
        runs = []
        for start, end in self._runs:
            before, after = (start, min(end, edit.start)), (max(start, edit.end) + step, end + step)
            runs += [run for run in (before, after) if run[0] < run[1]]
        if is_typed and edit.text:
            runs.append((edit.start, edit.cursor))
        self._runs = list(_joined(sorted(runs)))[-_MOST:]
        return is_typed

    def finished(self, document: Document, edit: Edit) -> Iterator[Finished]:
        """The words that an edit put a blank behind, if all of each was typed."""
        first = max(0, edit.start - 2 * LONGEST_WORD)
        text = document.slice(first, edit.cursor)
        for match in _TOKEN.finditer(text):
            start, end = first + match.start(1), first + match.end()
            if end < edit.start or not self._covers(start, end + 1):
                continue
            near = document.slice(max(0, start - _NEAR), start)
            near = "\n".join(near.split("\n")[-2:])
            before = _LEFT.search(near)
            left = ""
            if before is not None and self._covers(start - len(near) + before.start(1), start):
                left = before[1]
            yield Finished(match[1], left, near, _starts_sentence(near))

    def _covers(self, start: int, end: int) -> bool:
        return any(run[0] <= start and end <= run[1] for run in self._runs)


def _starts_sentence(near: str) -> bool:
    """Whether what stands before a word has no word in its line, or a sentence's end after it."""
    line = near.rpartition("\n")[2]
    end = max((match.end() for match in WORD.finditer(line)), default=0)
    return not end or any(sign in line[end:] for sign in '.!?:"\u201c\u201d')


def _joined(runs: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Runs in order, those that touch put together."""
    latest: tuple[int, int] | None = None
    for start, end in runs:
        if latest is not None and start <= latest[1]:
            latest = latest[0], max(latest[1], end)
            continue
        if latest is not None:
            yield latest
        latest = start, end
    if latest is not None:
        yield latest
