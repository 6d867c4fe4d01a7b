"""Rows masked ahead of the update that reads them, in a thread or in processes."""

from __future__ import annotations

import signal
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain

from torch.utils.data import DataLoader, Dataset

from midword_training.masked.masking import Row

_AHEAD = 4
"""Batches that a process makes ahead."""


def ahead(
    rows: Dataset[Row], batches: Sequence[Sequence[int]], workers: int = 0
) -> Iterator[list[Row]]:
    """The rows of each batch, in order.

    Args:
        rows: map-style: they are made when they are asked for.
        batches: which rows each has.
        workers: processes that make them; 0: a thread, one batch ahead.
    """
    if not workers:
        yield from _in_a_thread(rows, batches)
        return
    yield from DataLoader(
        rows,
        batch_sampler=batches,
        collate_fn=list,
        num_workers=workers,
        prefetch_factor=_AHEAD,
        worker_init_fn=leave_signals_to_the_parent,
    )


def _in_a_thread(rows: Dataset[Row], batches: Iterable[Sequence[int]]) -> Iterator[list[Row]]:
    def made(places: Sequence[int]) -> list[Row]:
        return [rows[place] for place in places]

    with ThreadPoolExecutor(1) as thread:
        coming = None
        for places in chain(batches, [()]):
            waiting, coming = coming, thread.submit(made, places)
            if waiting is not None:
                yield waiting.result()


def leave_signals_to_the_parent(_worker: int) -> None:
    """What a process that makes rows does first: Ctrl-C reaches all processes of a terminal."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
