"""What every runtime offers: one forward pass, from rows of token ids to probabilities."""

from collections.abc import Callable
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

Ids = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]


class Rows(NamedTuple):
    """Rows of tokens, at one mask of each of which a word is wanted.

    Attributes:
        ids: token ids [rows, length], padded on the right.
        attention: 1 for tokens, 0 for padding [rows, length].
        places: the mask's place in each row [rows].
    """

    ids: Ids
    attention: Ids
    places: Ids


Probabilities = Callable[[Rows], Floats]
"""From rows to the probabilities of some tokens at their masks, float32 [rows, tokens].

They sum to 1 over these tokens. Where the model's logits are no numbers, all of a row are NaN. The
array is lent: the next call may overwrite it.
"""


class Runtime(Protocol):
    """A masked language model, asked about rows.

    Attributes:
        name: one of :data:`midword.choices.Runtime`, but for "auto".
        device: one of :data:`midword.choices.Device`, but for "auto", or a server's address.
        batch: the most rows of one call.
        tokens: how many there are embeddings of, on both ends; ids lie below.
        trouble: why it doesn't run where it should, for the writer; "" if it does.
    """

    name: str
    batch: int
    tokens: int

    @property
    def device(self) -> str:
        """See above."""
        ...

    @property
    def trouble(self) -> str:
        """See above."""
        ...

    def probabilities_of(self, tokens: Ids) -> Probabilities:
        """What answers how likely these tokens are; made once, to be asked often."""
        ...

    def log_probabilities(self, rows: Rows, at: Ids, tokens: Ids) -> Floats:
        """Natural logarithms of single tokens' probabilities among all tokens.

        Args:
            rows: what is read.
            at: of which row's mask [n].
            tokens: the token asked about there [n].

        Returns:
            float32 [n]; NaN where the model's logits are no numbers.
        """
        ...
