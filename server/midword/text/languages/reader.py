"""What every language has to say about its text, in two steps.

1. Line by line: a reader's *state* (prose, in a code block, in front matter ...) passes from line to
   line. `advance` is called for every line of a document once, and again only where an edit changed
   something, so it has to be cheap.
2. Around the cursor: `veil` shows what of a line is prose, and `inline` what of a paragraph is.

Both steps of the second return the text with the same length, in which signs of markup have become
`SIGN` and everything else that is not prose `HIDDEN`. Thus every offset keeps its meaning.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Generic, NamedTuple, TypeVar

SIGN = "\x00"
"""Markup between pieces of prose, such as the asterisks of **bold**: the writer may stand here."""

HIDDEN = "\x01"
"""What is not prose, such as code: a cursor behind such a character is not in prose."""

BREAK = "\x02"
"""A sign between blocks on one line, such as the bars of a table."""

State = TypeVar("State")


class Line(NamedTuple):
    """A line as prose: `text` is as long as the line without its end."""

    text: str
    opens: bool = False
    """A block begins here: a paragraph, heading, list item, table row."""
    closes: bool = False
    """A block ends here: the next line begins another."""
    hidden: bool = False
    """No prose can stand on this line, not even if it is empty now."""


class Reader(ABC, Generic[State]):
    """Reads one language, or several that are written alike."""

    start: State

    @abstractmethod
    def advance(self, line: str, state: State) -> State:
        """Return the state after a line (its end included) that begins in `state`."""

    @abstractmethod
    def veil(self, line: str, state: State) -> Line:
        """Return a line (its end left out) that begins in `state` as prose."""

    def inline(self, text: str) -> str:
        """Return the text of a paragraph, lines joined, with its inline markup veiled."""
        return text


def hidden(line: str) -> Line:
    """Return a line without prose."""
    return Line(HIDDEN * len(line), opens=True, closes=True, hidden=True)


class Veil:
    """A text being veiled: characters replaced, none added or removed."""

    def __init__(self, text: str) -> None:
        self._characters = list(text)

    def __str__(self) -> str:
        return "".join(self._characters)

    def sign(self, start: int, end: int) -> None:
        """Mark start:end as signs of markup."""
        self._characters[start:end] = SIGN * (end - start)

    def hide(self, start: int, end: int) -> None:
        """Mark start:end as no prose."""
        self._characters[start:end] = HIDDEN * (end - start)

    def put(self, start: int, text: str) -> None:
        """Write `text` over what stands at `start`."""
        self._characters[start : start + len(text)] = text
