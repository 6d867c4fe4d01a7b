"""Training batches of answered passages, and the guide that the answers make of each."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from midword_training.masked.cross_entropy import Guide
from midword_training.masked.masking import IGNORED, Batch, TokenKinds, collate
from midword_training.pretraining.stream import Batches, Position
from midword_training.pretraining.teaching import answers


@dataclass(frozen=True, slots=True)
class TaughtBatch(Batch):
    """A batch with the numbers of its answers [rows, length], -1 where the teacher said nothing."""

    answers: torch.Tensor


class TaughtBatches(Batches):
    """The stream of training batches over answered passages.

    Only cursor rows have answers: in the others the student sees what the teacher has not.
    """

    def __init__(self, lessons: Lessons, recipe: dict[str, Any], *, cooling: bool) -> None:
        super().__init__(lessons.answers.tokens, lessons.kinds, recipe, cooling=cooling)
        self._at = lessons.answers.at()

    def __getitem__(self, position: Position) -> TaughtBatch:
        """The batch at a position."""
        rows, first = zip(*self.rows_at(position), strict=True)
        batch = collate(rows, self.length, self.kinds.pad)
        asked = (batch.labels != IGNORED) & (batch.group > 0)
        tokens = torch.tensor(first)[:, None] + batch.positions - 1
        numbers = torch.full_like(batch.labels, -1)
        numbers[asked] = torch.from_numpy(self._at[tokens[asked].numpy()].astype(np.int64))
        return TaughtBatch(
            batch.ids,
            batch.positions,
            batch.labels,
            batch.seen,
            batch.reach,
            batch.group,
            numbers,
        )


class Lessons:
    """What a recipe's table `teacher` names: a folder of `answers`, and how strongly they `pull`.

    Raises ValueError if the answers are not in this tokenizer's words.
    """

    def __init__(self, table: dict[str, Any], tokenizer: Any) -> None:
        self.answers = answers.load(Path(table["answers"]))
        self.pull: float = table["pull"]
        self.kinds = TokenKinds.of(tokenizer)
        self._size = len(self.kinds.letters)
        if not np.array_equal(self.answers.vocabulary, answers.checksum(tokenizer)):
            raise ValueError(
                f"the answers in {table['answers']} are for another vocabulary than the run's: "
                "ask with `--start` of the folder `start` that the run left in its `--out`"
            )

    def batches(self, recipe: dict[str, Any], *, cooling: bool = False) -> TaughtBatches:
        """The stream of training batches."""
        return TaughtBatches(self, recipe, cooling=cooling)

    def guide(self, batch: Batch, device: torch.device) -> Guide | None:
        """What the teacher said of a batch's questions; the batch is on the CPU."""
        if not self.pull or not isinstance(batch, TaughtBatch):
            return None
        asked, _ = batch.questions
        numbers = batch.answers.flatten()[asked]
        return self.answers.guide(numbers, self._size, self.pull, device)
