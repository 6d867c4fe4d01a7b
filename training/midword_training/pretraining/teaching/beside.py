"""A teacher that reads a run's own rows, beside the student, and says what stands inside a text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import AutoTokenizer

from midword_training.masked.cross_entropy import DenseGuide, Guide, PartGuide
from midword_training.masked.masking import Batch, there
from midword_training.pretraining import networks
from midword_training.pretraining.teaching import answers


class Beside:
    """What a recipe's table `inside` names: a `teacher`'s folder, and how strongly it `pull`s.

    It reads plain rows alone: at a text's end others know more.

    Raises ValueError if the teacher reads another vocabulary than this tokenizer's.
    """

    def __init__(self, table: dict[str, Any], tokenizer: Any, device: torch.device) -> None:
        folder = Path(table["teacher"])
        self.pull: float = table["pull"]
        its = AutoTokenizer.from_pretrained(folder)
        if not np.array_equal(answers.checksum(its), answers.checksum(tokenizer)):
            raise ValueError(
                f"{folder} reads another vocabulary than the run's: cut the teacher with `--start` "
                "of the folder `start` that the run left in its `--out`"
            )
        self.model = networks.read(folder).to(device, torch.bfloat16).eval()

    @torch.no_grad()
    def guide(self, batch: Batch, device: torch.device) -> Guide | None:
        """What the teacher says of the questions in a batch's plain rows; it is on the CPU."""
        plain = ~(batch.group > 0).any(1)
        rows = batch.only(plain)
        inner, _ = rows.questions
        if not self.pull or not len(inner):
            return None
        asked, _ = batch.questions
        of_plain = plain[asked // batch.ids.shape[1]].nonzero().squeeze(1)
        states = networks.states(self.model, rows.to(device)).flatten(0, 1)
        vectors = networks.vectors(self.model, states[there(inner, device)])
        decoder = self.model.get_output_embeddings()
        return PartGuide(of_plain, DenseGuide(vectors, decoder.weight, decoder.bias, self.pull))
