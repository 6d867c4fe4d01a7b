"""A masked language model as one computation: from rows of tokens to probabilities at their masks.

Nothing in it depends on a value that it computes, so a card is not waited for between its beginning
and its end, and a CUDA graph can hold all of it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
import transformers


def read_folder(folder: Path, precision: str) -> Any:
    """A Hugging Face masked LM from safetensors, in the processor's memory; no code is run.

    Args:
        folder: the model's.
        precision: of its weights, by torch's name.
    """
    return transformers.AutoModelForMaskedLM.from_pretrained(
        folder, dtype=getattr(torch, precision), use_safetensors=True, trust_remote_code=False
    )


class Network:
    """A masked LM's body and, apart from it, its output embeddings.

    Attributes:
        tokens: how many there are embeddings of, on both ends.
        words: how many tokens were chosen.
    """

    def __init__(self, model: Any) -> None:
        """Take a Hugging Face masked LM apart, wherever it lies."""
        inputs = len(model.get_input_embeddings().weight)
        matrix, bias = detach_decoder(model)
        self.body = model.eval()
        self.tokens = min(inputs, len(matrix))
        # Where both ends share their embeddings this is no second copy.
        self._matrix = matrix[: self.tokens]  # [tokens, width]
        self._bias = None if bias is None else bias[: self.tokens]
        self.choose(torch.arange(0))

    @property
    def like(self) -> torch.Tensor:
        """A tensor of the kind, and on the device, of the vectors [tokens, width]."""
        return self._matrix

    def choose(self, tokens: torch.Tensor) -> None:
        """Compute these tokens' probabilities from now on."""
        there = tokens.to(self._matrix.device)
        self.words = len(tokens)
        self._chosen = self._matrix[there]  # [words, width]
        self._chosen_bias = None if self._bias is None else self._bias[there]

    def vectors(
        self, ids: torch.Tensor, attention: torch.Tensor, places: torch.Tensor
    ) -> torch.Tensor:
        """The vectors before the output embeddings at the rows' masks [rows, width].

        Args:
            ids: token ids [rows, length].
            attention: 1 for tokens, 0 for padding [rows, length].
            places: the masks' [rows].
        """
        states = self.body(input_ids=ids, attention_mask=attention).logits
        at = places[:, None, None].expand(-1, 1, states.shape[-1])
        return states.gather(1, at).squeeze(1)

    def probabilities(self, vectors: torch.Tensor) -> torch.Tensor:
        """The chosen tokens' among themselves, float32 [rows, words]."""
        logits = torch.nn.functional.linear(vectors, self._chosen, self._chosen_bias)
        return logits.float().softmax(-1)

    def log_probabilities(
        self, vectors: torch.Tensor, at: torch.Tensor, tokens: torch.Tensor
    ) -> torch.Tensor:
        """Of `tokens[i]` among all tokens, at the mask of row `at[i]`: float32 [n]."""
        logits = torch.nn.functional.linear(vectors, self._matrix, self._bias)
        return logits.float().log_softmax(-1)[at, tokens]


def detach_decoder(model: Any) -> tuple[Any, Any | None]:
    """Make a masked LM return the vectors before its output embeddings.

    The vocabulary product comes later, for the mask alone.

    Returns:
        The output embeddings [tokens, width] and their bias [tokens] or None.
    """
    decoder = model.get_output_embeddings()
    path = next(name for name, module in model.named_modules() if module is decoder)
    parent, _, leaf = path.rpartition(".")
    setattr(model.get_submodule(parent), leaf, torch.nn.Identity())
    bias = getattr(decoder, "bias", None)
    return decoder.weight.detach(), None if bias is None else bias.detach()
