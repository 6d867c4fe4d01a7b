"""Documents put together, and parts of them, without reading them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import overload

from midword_training.documents.document import TeamDocument


class View(Sequence[TeamDocument]):
    """As many documents as `length` says, each made when it is asked for by its number."""

    def __init__(self, length: int, of: Callable[[int], TeamDocument]) -> None:
        self._length, self._of = length, of

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, number: int) -> TeamDocument: ...

    @overload
    def __getitem__(self, number: slice) -> View: ...

    def __getitem__(self, number: int | slice) -> TeamDocument | View:
        numbers = range(self._length)
        if isinstance(number, slice):
            chosen = numbers[number]
            return View(len(chosen), lambda i: self._of(chosen[i]))
        return self._of(numbers[number])


def joined(first: Sequence[TeamDocument], then: Sequence[TeamDocument]) -> View:
    """Some documents and others after them."""
    count = len(first)
    return View(count + len(then), lambda i: first[i] if i < count else then[i - count])
