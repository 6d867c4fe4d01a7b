"""A part of a text that was replaced."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Edit:
    """A part of a document that was replaced, by offsets.

    Attributes:
        start: where it began.
        end: where it ended before.
        text: what stands there now.
    """

    start: int
    end: int
    text: str

    @property
    def cursor(self) -> int:
        """Where the writer is after it."""
        return self.start + len(self.text)

    @classmethod
    def between(cls, before: str, after: str) -> Edit:
        """The shortest one that makes one text the other, for clients that send whole texts.

        Of several it is the first: one more newline among others was typed behind the word.
        """
        tail = _same(before[::-1], after[::-1])
        last, stop = len(before) - tail, len(after) - tail
        start = _same(before[:last], after[:stop])
        return cls(start, last, after[start:stop])


def _same(one: str, other: str) -> int:
    """How many characters two texts have in common at their beginnings."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
