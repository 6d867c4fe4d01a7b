"""Work on many documents, in several processes where there is much of it."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any, TypeVar

from midword_training.documents.document import TeamDocument

T = TypeVar("T")

_RUN = 32  # documents that are worked on together
_MUCH = 2048  # documents from which on starting processes pays

_shared: list[Any] = []
"""What forked processes find here: the documents, and what is to be done with them."""


def for_each_run(
    documents: Sequence[TeamDocument],
    work: Callable[[range], T],
    processes: int = 1,
) -> Iterator[T]:
    """What `work` makes of each run of documents, by their numbers, in order.

    Args:
        documents: how many there are counts alone.
        work: reads the documents itself; what it makes of them is sent between processes.
        processes: at most; one where the system cannot fork or the documents are few.
    """
    runs = [
        range(first, min(first + _RUN, len(documents))) for first in range(0, len(documents), _RUN)
    ]
    context = None
    if processes > 1 and len(documents) >= _MUCH:
        with suppress(ValueError):  # there is no fork on Windows
            context = multiprocessing.get_context("fork")
    if context is None:
        yield from map(work, runs)
        return
    _shared.append(work)
    try:
        with context.Pool(processes) as pool:
            yield from pool.imap(_work, runs)
    finally:
        _shared.pop()


def _work(numbers: range) -> Any:
    return _shared[-1](numbers)
