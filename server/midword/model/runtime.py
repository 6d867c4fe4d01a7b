"""What every runtime offers: one forward pass, from token ids to the vector at the mask."""

from collections.abc import Callable
from typing import Protocol

import numpy as np
import numpy.typing as npt

Ids = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]
Product = Callable[[Floats], Floats]
"""From vectors [n, width] to logits of some tokens, float32 [n, tokens]."""


class Runtime(Protocol):
    """A masked language model's body and its output embeddings.

    Attributes:
        name: "onnx-int8", "onnx-fp32" or "torch".
        device: "cpu", "cuda" or "mps".
        batch: the most rows that gain from one pass.
        tokens: how many there are embeddings of, on both ends; ids lie below.
    """

    name: str
    device: str
    batch: int
    tokens: int

    def hidden(self, ids: Ids, attention: Ids, mask_index: Ids) -> Floats:
        """The vector before the output embeddings at one mask of each row.

        Args:
            ids: token ids [rows, length], padded on the right.
            attention: 1 for tokens, 0 for padding [rows, length].
            mask_index: the mask's place in each row [rows].

        Returns:
            float32 [rows, width].
        """
        ...

    def product(self, ids: Ids) -> Product:
        """The product with the output embeddings of some tokens, made to be asked often."""
        ...

    def output_rows(self, ids: Ids | slice) -> tuple[Floats, Floats]:
        """Output embeddings and biases of some tokens: float32 [n, width] and [n]."""
        ...
