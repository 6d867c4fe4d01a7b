"""Which words stand between given neighbours: counts of word n-grams from a large corpus.

A masked model knows what a gap means; n-grams remember how phrases go ("on the other ___", "as
___ as possible"). Contexts of up to three words, on either side of the gap or on both, are tried
from the surest to the vaguest. Each knows the words seen in it and how much it is to be trusted:
N / (N + T) for N occurrences of T different words (Witten and Bell 1991); the rest of the mass
goes on to the next context. Words are folded, and punctuation is passed over, as the reader of the
texts around a gap does it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

SCALE = 255
"""Trusts and probabilities are stored as the square root times this, in a byte."""


class Pattern(NamedTuple):
    """A shape of context: so many words left of the gap and so many right of it."""

    left: int
    right: int

    @property
    def name(self) -> str:
        """The prefix of its arrays in the file."""
        return f"l{self.left}r{self.right}"


PATTERNS = (
    Pattern(2, 1),
    Pattern(1, 2),
    Pattern(1, 1),
    Pattern(3, 0),
    Pattern(2, 0),
    Pattern(0, 2),
    Pattern(1, 0),
    Pattern(0, 1),
)
"""From the surest to the vaguest."""


def context_key(ids: Sequence[NDArray[np.uint64]]) -> NDArray[np.uint32]:
    """Contexts of up to three 16-bit word ids, each an array or scalar array, as 32 bits.

    Up to two words are kept exactly. Three are hashed: of a million contexts, one unknown context
    in 4,000 looks like a known one.
    """
    key = np.zeros_like(ids[0])
    for word in ids:
        key = (key << np.uint64(16)) | word
    if len(ids) > 2:
        with np.errstate(over="ignore"):  # a multiplication modulo 2^64 is meant
            key = (key * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(32)
    return key.astype(np.uint32)


class Table(NamedTuple):
    """The contexts of one pattern and the words seen in them.

    Shapes: `contexts` [contexts] uint32, sorted; `starts` [contexts + 1] uint32 into the rest;
    `trust` [contexts] uint8; `words` [entries] uint16; `shares` [entries] uint8.
    """

    contexts: NDArray[np.uint32]
    starts: NDArray[np.uint32]
    trust: NDArray[np.uint8]
    words: NDArray[np.uint16]
    shares: NDArray[np.uint8]

    def find(self, context: int) -> int | None:
        """The place of a context, or None."""
        place = int(np.searchsorted(self.contexts, np.uint32(context)))
        known = place < len(self.contexts) and self.contexts[place] == context
        return place if known else None


class Phrases:
    """Word n-grams on both sides of a gap.

    Args:
        words: folded words by id; id 0 is "", no word.
        tables: one for each pattern that the file has.
    """

    def __init__(self, words: Sequence[str], tables: dict[Pattern, Table]) -> None:
        self._words = words
        self._ids = {word: i for i, word in enumerate(words) if word}
        self._tables = tables

    @classmethod
    def load(cls, path: Path) -> Phrases:
        """Read what `midword_training.phrases` wrote.

        Raises:
            OSError, ValueError, KeyError: the file is missing or damaged.
        """
        with np.load(path, allow_pickle=False) as file:
            words = file["words"].tobytes().decode().split("\n")
            tables = {
                pattern: Table(
                    np.cumsum(file[f"{pattern.name}.gaps"], dtype=np.uint32),
                    np.concatenate([[0], np.cumsum(file[f"{pattern.name}.lengths"])]).astype(
                        np.uint32
                    ),
                    file[f"{pattern.name}.trust"],
                    file[f"{pattern.name}.words"],
                    file[f"{pattern.name}.shares"],
                )
                for pattern in PATTERNS
                if f"{pattern.name}.gaps" in file
            }
        return cls(words, tables)

    def next_words(self, left: Sequence[str], right: Sequence[str]) -> dict[str, float]:
        """The probabilities of folded words between the folded words `left` and `right`.

        They sum to less than 1, the less, the less is known; {} if no context is.
        """
        before = [self._ids.get(word, 0) for word in left[-3:]]
        after = [self._ids.get(word, 0) for word in right[:2]]
        found: dict[int, float] = {}
        remaining = 1.0
        for pattern, table in self._tables.items():
            if pattern.left > len(before) or pattern.right > len(after):
                continue
            context = [*before[len(before) - pattern.left :], *after[: pattern.right]]
            if 0 in context:
                continue
            key = context_key([np.array([word], dtype=np.uint64) for word in context])
            place = table.find(int(key[0]))
            if place is None:
                continue
            entries = slice(int(table.starts[place]), int(table.starts[place + 1]))
            known = remaining * (int(table.trust[place]) / SCALE) ** 2
            shares = (table.shares[entries] / np.float32(SCALE)) ** 2
            for word, share in zip(table.words[entries].tolist(), shares.tolist(), strict=True):
                found[word] = found.get(word, 0.0) + known * share
            remaining -= known
        return {self._words[word]: probability for word, probability in found.items()}
