"""The state in which each line of a document begins, found once and kept through edits."""

from __future__ import annotations

from typing import Generic, TypeVar

from midword.text.document import BYTE_ORDER_MARK, Document
from midword.text.languages.reader import LanguageReader

State = TypeVar("State")


class States(Generic[State]):
    """The states of a document's lines, read as far as somebody asked.

    An edit makes the states behind it doubtful, but seldom wrong. Reading goes on from the edit
    until a state comes out as it was before: from there on all are right again.
    """

    def __init__(self, document: Document, reader: LanguageReader[State]) -> None:
        self._document = document
        self._reader = reader
        self._states: list[State | None] = [reader.start]  # of the first lines, as far as known
        self._sure = 0  # the states up to this line are right
        self._edited = 0  # from this line on each state follows from the one before
        document.watch(self._doubt)

    def __getitem__(self, line: int) -> State:
        """Return the state in which a line begins."""
        states, advance = self._states, self._reader.advance
        while self._sure < min(line, len(states) - 1):  # known before, but doubtful now
            state = advance(self._line(self._sure), self._known(self._sure))
            self._sure += 1
            if self._sure >= self._edited and states[self._sure] == state:
                self._sure = len(states) - 1
            else:
                states[self._sure] = state
        if self._sure < line:
            if self._sure == 0:
                states.append(advance(self._line(0), self._known(0)))
                self._sure = 1
            state = self._known(self._sure)
            for text in self._document.lines(self._sure, line):
                state = advance(text if "\r" not in text else _with_usual_end(text), state)
                states.append(state)
            self._sure = line
        return self._known(line)

    def _line(self, line: int) -> str:
        """Return a line; a byte-order mark is no part of the first one's syntax."""
        text = self._document.line(line)
        return _with_usual_end(text.removeprefix(BYTE_ORDER_MARK) if line == 0 else text)

    def _known(self, line: int) -> State:
        return self._states[line]  # type: ignore[return-value]

    def _doubt(self, first: int, removed: int, inserted: int) -> None:
        """Forget the states within an edit's lines, and doubt those behind it."""
        states = self._states
        if first + removed >= len(states):
            del states[first + 1 :]
            self._sure = min(self._sure, len(states) - 1)
            return
        if self._sure == len(states) - 1:
            self._edited = first + inserted
        else:
            # What was read since may end half way: the state behind that follows from an old one.
            follows = max(self._edited, self._sure + 1)
            self._edited = max(follows + inserted - removed, first + inserted)
        states[first + 1 : first + removed] = [None] * (inserted - 1)
        self._sure = min(self._sure, first)


def _with_usual_end(line: str) -> str:
    """Return a line that ends as patterns know it, whatever its system ends lines with."""
    return line.rstrip("\r\n") + "\n" if "\r" in line else line
