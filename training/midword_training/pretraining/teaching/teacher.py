"""A causal language model that says which word comes next, in the student's words."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from midword_training.pretraining.teaching.shared_words import Asked, SharedWords

_TOGETHER = 16
"""Passages that are read at once."""

_QUESTIONS = 512
"""Questions whose distributions exist at one time: [512, 40,000] float32 is 80 MB."""


def load(path: Path, device: str) -> tuple[Any, Any]:
    """The model, in bfloat16, and tokenizer of a folder or of a GGUF file.

    A GGUF file is unpacked (transformers needs the package `gguf` for it).
    """
    from transformers import AutoModelForCausalLM, AutoTokenizer

    folder, options = path, dict[str, Any]()
    if path.suffix == ".gguf":
        folder, options = path.parent, {"gguf_file": path.name}
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, **options)
    if options:
        options["quantization_config"] = _unpacked()
    model = AutoModelForCausalLM.from_pretrained(
        folder, local_files_only=True, dtype=torch.bfloat16, **options
    )
    return model.to(device).eval(), tokenizer


def _unpacked() -> Any:
    import transformers

    # Without it, newer versions of transformers keep the weights packed, and compute slowly.
    config = getattr(transformers, "GgufConfig", None)
    return config and config(dequantize=True)


class Teacher:
    """What a causal language model says of the words that it shares with the student.

    Args:
        model: a causal language model whose output embeddings are a matrix, perhaps with a bias.
        shared: its vocabulary beside the student's.
        endings: how often a word ends with each of its tokens; see `SharedWords.endings`.
        top: how many words are said of each place; all shared ones if there are fewer.
    """

    def __init__(
        self, model: Any, shared: SharedWords, endings: NDArray[np.float32], top: int
    ) -> None:
        self.model, self.device = model, model.device
        self.top = min(top, len(shared.words))
        decoder = model.get_output_embeddings()
        tokens = torch.from_numpy(shared.tokens).to(self.device)
        self.rows = decoder.weight[tokens]
        self.bias = None if decoder.bias is None else decoder.bias[tokens]
        self.word_of = torch.from_numpy(shared.word_of).to(self.device)
        self.words = torch.from_numpy(shared.words).to(self.device)
        self.endings = torch.from_numpy(endings).to(self.device)

    @torch.inference_mode()
    def answer(
        self, passages: Sequence[Asked]
    ) -> list[tuple[NDArray[np.uint16], NDArray[np.float16]]]:
        """For each passage its questions' likeliest words, the student's ids, and their shares.

        Both [questions, top], the likeliest first. The shares are those among all shared words.
        """
        answers: list[Any] = [None] * len(passages)
        by_length = sorted(range(len(passages)), key=lambda number: len(passages[number].teacher))
        for begin in range(0, len(by_length), _TOGETHER):
            numbers = by_length[begin : begin + _TOGETHER]
            vectors = self._vectors([passages[number] for number in numbers])
            for number, of_passage in zip(numbers, vectors, strict=True):
                said = [self._likeliest(part) for part in of_passage.split(_QUESTIONS)]
                words, shares = (torch.cat(each).cpu() for each in zip(*said, strict=True))
                answers[number] = (
                    words.numpy().astype(np.uint16),
                    shares.numpy().astype(np.float16),
                )
        return answers

    def _vectors(self, passages: Sequence[Asked]) -> list[Tensor]:
        """The vectors before the vocabulary at each passage's questions, [questions, width] each.

        What is padded stands right of all, where a causal model sees it from nowhere.
        """
        length = max(len(asked.teacher) for asked in passages)
        ids = torch.zeros(len(passages), length, dtype=torch.int64)
        for row, asked in enumerate(passages):
            ids[row, : len(asked.teacher)] = torch.tensor(asked.teacher)
        states = self.model.base_model(input_ids=ids.to(self.device)).last_hidden_state
        places = (torch.tensor(asked.before, dtype=torch.int64) for asked in passages)
        return [row[each.to(self.device)] for row, each in zip(states, places, strict=True)]

    def _likeliest(self, vectors: Tensor) -> tuple[Tensor, Tensor]:
        """The words and their shares, both [questions, top]."""
        logits = torch.nn.functional.linear(vectors, self.rows, self.bias).float()
        chances = logits.softmax(1) * self.endings
        of_words = chances.new_zeros(len(vectors), len(self.words))
        of_words.index_add_(1, self.word_of, chances)
        shares, places = of_words.topk(self.top, dim=1)
        return self.words[places], shares / of_words.sum(1, keepdim=True)
