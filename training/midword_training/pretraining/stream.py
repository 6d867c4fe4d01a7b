"""The stream of training batches, and the held-out gaps that measure it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import DataLoader, Dataset, Sampler

from midword_training.masked.ahead import leave_signals_to_the_parent
from midword_training.masked.masking import (
    Batch,
    Row,
    TokenKinds,
    collate,
    cursor_row,
    gap_row,
    plain_row,
)
from midword_training.pretraining.corpora import TokenFile, epoch_blocks

_AHEAD = 4
"""Batches that a worker makes ahead."""

Position = tuple[int, int]
"""A batch's epoch, and the first of its blocks there."""


class Batches(Dataset[Batch]):
    """The endless stream of training batches, a pure function of their positions and the recipe.

    With `cooling`, what `masking.cooldown` says comes before the rest of `masking`.
    """

    def __init__(
        self,
        tokens: TokenFile,
        kinds: TokenKinds,
        recipe: dict[str, Any],
        *,
        cooling: bool = False,
    ) -> None:
        self.tokens, self.kinds = tokens, kinds
        self.length: int = recipe["data"]["row_tokens"]
        self.seed: int = recipe["data"]["seed"]
        self.rows: int = recipe["optimiser"]["rows"]
        masking = recipe["masking"]
        self.masking: dict[str, Any] = masking | (masking.get("cooldown", {}) if cooling else {})
        self._blocks: dict[int, NDArray[np.int64]] = {}

    def __getitem__(self, position: Position) -> Batch:
        """The batch at a position."""
        return collate([row for row, _ in self.rows_at(position)], self.length, self.kinds.pad)

    def rows_at(self, position: Position) -> list[tuple[Row, int]]:
        """The rows of the batch at a position, each with the token that stands at its place 1."""
        epoch, first = position
        rng = np.random.default_rng((self.seed, epoch, first))
        blocks = self._of(epoch)[first : first + self.rows]
        return [self._row(int(begin), int(end), rng) for begin, end in blocks]

    def after(self, position: Position) -> Position:
        """The position of the next batch; what is left of an epoch and fills none is left out."""
        epoch, first = position
        if first + 2 * self.rows > len(self._of(epoch)):
            return epoch + 1, 0
        return epoch, first + self.rows

    def stream(self, position: Position, workers: int = 0) -> Iterator[Batch]:
        """The batches from a position on, made ahead by `workers` processes."""
        return iter(
            DataLoader(
                self,
                batch_size=None,
                sampler=_Positions(self, position),
                num_workers=workers,
                prefetch_factor=_AHEAD if workers else None,
                pin_memory=torch.cuda.is_available(),
                worker_init_fn=leave_signals_to_the_parent,
            )
        )

    def _of(self, epoch: int) -> NDArray[np.int64]:
        if epoch not in self._blocks:
            self._blocks.pop(epoch - 2, None)  # a stream is ahead of the steps, perhaps an epoch
            self._blocks[epoch] = epoch_blocks(self.tokens, self.length - 2, self.seed, epoch)
        return self._blocks[epoch]

    def _row(self, begin: int, end: int, rng: np.random.Generator) -> tuple[Row, int]:
        masking = self.masking
        begin, end = whole_words(self.tokens, self.kinds, begin, end)
        ids = self.tokens.ids[begin:end].astype(np.int64)
        if rng.random() < masking["cursor_rows"]:
            row = cursor_row(ids, self.kinds, self.length, masking["chunk_tokens"], rng)
        else:
            row = plain_row(ids, self.kinds, rng.uniform(*masking["plain_rate"]), rng)
        return row, begin


class _Positions(Sampler[Position]):
    """The positions from one on, without end."""

    def __init__(self, batches: Batches, first: Position) -> None:
        self.batches, self.first = batches, first

    def __iter__(self) -> Iterator[Position]:
        position = self.first
        while True:
            yield position
            position = self.batches.after(position)


def whole_words(tokens: TokenFile, kinds: TokenKinds, begin: int, end: int) -> tuple[int, int]:
    """The block's bounds without the parts of words that its two ends cut off."""
    starts = np.flatnonzero(kinds.starts_word[tokens.ids[begin:end]])
    if not len(starts):
        return begin, end
    cut = end < len(tokens.ids) and not kinds.starts_word[tokens.ids[end]] and len(starts) > 1
    return begin + int(starts[0]), begin + int(starts[-1]) if cut else end


def held_out_rows(
    tokens: TokenFile, kinds: TokenKinds, count: int, length: int, genre: str | None = None
) -> dict[str, list[Row]]:
    """The same `count` gaps of held-out text asked with nothing right of them and with both sides.

    A document, of one `genre` if that is given, is drawn by its sampling weight, then a word of it.
    Where no document is long enough there are no gaps.
    """
    rng = np.random.default_rng(7)
    spans = np.stack([tokens.starts[:-1], tokens.starts[1:]], axis=1)
    weight = tokens.weights * (spans[:, 1] - spans[:, 0])
    fits = spans[:, 1] - spans[:, 0] >= length
    if genre is not None:
        fits &= tokens.genres == genre
    weight = np.where(fits, weight, 0).astype(np.float64)
    rows: dict[str, list[Row]] = {"append": [], "edit": []}
    if not weight.any():
        return rows
    for document in rng.choice(len(spans), size=count * 3, p=weight / weight.sum()):
        begin, end = (int(edge) for edge in spans[document])
        at = int(rng.integers(begin + 8, end - 16))
        ids = tokens.ids[at : at + 16].astype(np.int64)
        first = next((i for i in range(12) if kinds.letters[ids[i]]), None)
        if first is None or len(rows["edit"]) == count:
            continue
        start = at + first
        stop = start + 1
        while stop < min(end, start + 4) and not kinds.starts_word[tokens.ids[stop]]:
            stop += 1
        word = [int(i) for i in tokens.ids[start:stop]]
        room = length - 2 - len(word)
        left = [int(i) for i in tokens.ids[max(begin, start - room) : start]]
        right = [int(i) for i in tokens.ids[stop : min(end, stop + room // 2)]]
        rows["append"].append(gap_row(left, word, [], kinds))
        rows["edit"].append(gap_row(left[-(room - len(right)) :], word, right, kinds))
    return rows
