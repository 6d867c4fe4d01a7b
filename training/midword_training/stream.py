"""The stream of training batches, and the held-out gaps that measure it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from midword_training.corpus import TokenFile, epoch_blocks
from midword_training.masking import Batch, Row, TokenKinds, collate, cursor_row, gap_row, plain_row
from midword_training.trainer import Progress


class Batches:
    """The endless stream of training batches, a pure function of a `Progress` and the recipe."""

    def __init__(self, tokens: TokenFile, kinds: TokenKinds, recipe: dict[str, Any]) -> None:
        self.tokens, self.kinds, self.recipe = tokens, kinds, recipe
        self.length: int = recipe["data"]["row_tokens"]
        self.seed: int = recipe["data"]["seed"]
        self._epoch, self._blocks = -1, np.empty((0, 2), dtype=np.int64)

    def next(self, progress: Progress) -> Batch:
        """The batch at `progress`, which moves on."""
        if progress.epoch != self._epoch:
            self._blocks = epoch_blocks(self.tokens, self.length - 2, self.seed, progress.epoch)
            self._epoch = progress.epoch
        count: int = self.recipe["optimiser"]["rows"]
        rng = np.random.default_rng((self.seed, progress.epoch, progress.block))
        blocks = self._blocks[progress.block : progress.block + count]
        rows = [self._row(int(begin), int(end), rng) for begin, end in blocks]
        progress.block += count
        if progress.block >= len(self._blocks):
            progress.epoch, progress.block = progress.epoch + 1, 0
        return collate(rows, self.length, self.kinds.pad)

    def _row(self, begin: int, end: int, rng: np.random.Generator) -> Row:
        masking = self.recipe["masking"]
        ids = whole_words(self.tokens, self.kinds, begin, end)
        if rng.random() < masking["cursor_rows"]:
            return cursor_row(ids, self.kinds, self.length, masking["chunk_tokens"], rng)
        return plain_row(ids, self.kinds, rng.uniform(*masking["plain_rate"]), rng)


def whole_words(tokens: TokenFile, kinds: TokenKinds, begin: int, end: int) -> NDArray[np.int64]:
    """The block's ids without the parts of words that its two ends cut off."""
    ids = tokens.ids[begin:end].astype(np.int64)
    starts = np.flatnonzero(kinds.starts_word[ids])
    if not len(starts):
        return ids
    cut = end < len(tokens.ids) and not kinds.starts_word[tokens.ids[end]] and len(starts) > 1
    return ids[starts[0] : starts[-1] if cut else None]


def held_out_rows(
    tokens: TokenFile, kinds: TokenKinds, count: int, length: int
) -> dict[str, list[Row]]:
    """The same `count` gaps of held-out text asked with nothing right of them and with both sides.

    A document is drawn by its sampling weight, then a word of it.
    """
    rng = np.random.default_rng(7)
    spans = np.stack([tokens.starts[:-1], tokens.starts[1:]], axis=1)
    weight = tokens.weights * (spans[:, 1] - spans[:, 0])
    weight = np.where(spans[:, 1] - spans[:, 0] >= length, weight, 0).astype(np.float64)
    rows: dict[str, list[Row]] = {"append": [], "edit": []}
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
