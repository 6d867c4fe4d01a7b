"""Which words stand between given neighbours: counts of word n-grams from a large corpus.

A masked model knows what a gap means; n-grams remember how phrases go ("on the other ___", "as
___ as possible"). Contexts of up to three words, on either side of the gap or on both, are tried
from the surest to the vaguest. Each knows the words seen in it and how much it is to be trusted:
N / (N + T) for N occurrences of T different words (Witten and Bell 1991); the rest of the mass
goes on to the next context. Words are folded, and punctuation is passed over, as the reader of the
texts around a gap does it.

A team's documents are counted with contexts of four to six words too: passages that its writers
write again, forms and clauses. Such a context is hardly ever met by chance, so what followed it
follows again, whatever else is likely.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from midword.suggest.arrays import Arrays, open_arrays

_Integer = TypeVar("_Integer", np.uint16, np.uint32)
_Ids = TypeVar("_Ids", int, NDArray[np.uint64])

SCALE = 31
"""A share is stored as its square root times this: 0.1% and more in five bits."""

_HASH_BITS = 28
_SPREAD, _64_BITS = 0x9E3779B97F4A7C15, 0xFFFFFFFFFFFFFFFF


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

PASSAGES = (Pattern(6, 0), Pattern(5, 0), Pattern(4, 0))
"""Contexts that tell a passage, from the surest to the vaguest."""


def context_key(ids: Sequence[_Ids]) -> _Ids:
    """Contexts of 16-bit word ids, a number or an array for each place, as 32 bits.

    Up to two words are kept exactly. Three are hashed to 28 bits: with half a million contexts in
    a table, one unknown context in 500 is taken for a known one. More are hashed to 32.
    """
    key: Any = ids[0]
    for word in ids[1:3]:
        key = key << 16 | word
    for word in ids[3:]:
        key = ((key * _SPREAD & _64_BITS) >> 16) + word
    if len(ids) > 2:
        key = (key * _SPREAD & _64_BITS) >> (64 - (_HASH_BITS if len(ids) == 3 else 32))
    found: _Ids = key
    return found


class Table(NamedTuple):
    """The contexts of one pattern and the words seen in them.

    Shapes: `contexts` [contexts] uint32, sorted; `starts` [contexts + 1] uint32 into the rest;
    `words` [entries] uint16; `shares` [entries] uint8.

    In the file the contexts are the gaps between them and all integers are split into planes of
    bytes, highest last, which halves what deflate makes of them.
    """

    contexts: NDArray[np.uint32]
    starts: NDArray[np.uint32]
    words: NDArray[np.uint16]
    shares: NDArray[np.uint8]

    @classmethod
    def unpack(cls, arrays: Arrays, name: str) -> Table:
        """Read the table from the file's arrays.

        Raises:
            ValueError: one is missing or has another shape.
        """
        gaps, lengths, words, shares = (
            arrays[f"{name}.{part}"] for part in ("gaps", "lengths", "words", "shares")
        )
        starts = np.concatenate([[0], np.cumsum(_joined(lengths, np.uint16), dtype=np.uint32)])
        return cls(
            np.cumsum(_joined(gaps, np.uint32), dtype=np.uint32),
            starts.astype(np.uint32),
            _joined(words, np.uint16),
            shares,
        )

    def fits(self, words: int) -> bool:
        """Whether the parts belong together, and to so many words."""
        entries = len(self.words)
        return (
            self.shares.shape == (entries,)
            and len(self.starts) == len(self.contexts) + 1
            and int(self.starts[-1]) == entries
            and bool((np.diff(self.starts.astype(np.int64)) >= 0).all())
            and (not entries or int(self.words.max()) < words)
        )

    def pack(self, name: str) -> dict[str, NDArray[np.uint8]]:
        """The table as arrays for the file."""
        return {
            f"{name}.gaps": _planes(np.diff(self.contexts, prepend=np.uint32(0))),
            f"{name}.lengths": _planes(np.diff(self.starts).astype(np.uint16)),
            f"{name}.words": _planes(self.words),
            f"{name}.shares": self.shares,
        }

    def find(self, context: int) -> slice:
        """The entries of a context, none if it is unknown."""
        place = int(np.searchsorted(self.contexts, np.uint32(context)))
        if place == len(self.contexts) or self.contexts[place] != context:
            return slice(0, 0)
        return slice(int(self.starts[place]), int(self.starts[place + 1]))


def _planes(values: NDArray[Any]) -> NDArray[np.uint8]:
    little = values.astype(values.dtype.newbyteorder("<"))
    return np.ascontiguousarray(little.view(np.uint8).reshape(len(values), -1).T)


def _joined(planes: NDArray[np.uint8], dtype: type[_Integer]) -> NDArray[_Integer]:
    little = np.dtype(dtype).newbyteorder("<")
    if planes.dtype != np.uint8 or planes.ndim != 2 or len(planes) != little.itemsize:
        raise ValueError("an array is not split into planes of bytes")
    return np.ascontiguousarray(planes.T).view(little).reshape(-1).astype(dtype)


class Phrases:
    """Word n-grams on both sides of a gap.

    Args:
        words: folded words by id; id 0 is "", no word.
        tables: one for each pattern that the file has.
    """

    def __init__(self, words: Sequence[str], tables: dict[Pattern, Table]) -> None:
        self._words = tuple(words)  # see `midword.suggest.lexicon.Lexicon`
        self._ids = {word: number for number, word in enumerate(words) if word}
        self._tables = tables

    @classmethod
    def load(cls, path: Path) -> Phrases:
        """Read what `midword_training.words.grams` wrote.

        Raises:
            OSError, ValueError: the file is missing or damaged.
        """
        with open_arrays(path) as file:
            words = file["words"].tobytes().decode().split("\n")
            tables = {
                pattern: Table.unpack(file, pattern.name)
                for pattern in (*PASSAGES, *PATTERNS)
                if f"{pattern.name}.gaps" in file
            }
        for pattern, table in tables.items():
            if not table.fits(len(words)):
                raise ValueError(f"{path.name} has a table {pattern.name} that makes no sense")
        return cls(words, tables)

    def next_words(self, left: Sequence[str], right: Sequence[str]) -> dict[str, float]:
        """The probabilities of folded words between the folded words `left` and `right`.

        They sum to less than 1, the less, the less is known; {} if no context is.
        """
        return self._gather(PATTERNS, left[-3:], right[:2])

    def recalled(self, left: Sequence[str]) -> dict[str, float]:
        """The same after the folded words `left`, where they are those of a known passage."""
        return self._gather(PASSAGES, left[-6:], [])

    def _gather(
        self, patterns: Sequence[Pattern], left: Sequence[str], right: Sequence[str]
    ) -> dict[str, float]:
        before = [self._ids.get(word, 0) for word in left]
        after = [self._ids.get(word, 0) for word in right]
        found: dict[int, float] = {}
        remaining = 1.0
        for pattern in patterns:
            table = self._tables.get(pattern)
            if table is None or len(before) < pattern.left or len(after) < pattern.right:
                continue
            context = [*before[len(before) - pattern.left :], *after[: pattern.right]]
            if 0 in context:
                continue
            entries = table.find(context_key(context))
            shares = remaining * (table.shares[entries] / np.float32(SCALE)) ** 2
            # Rounded shares of some files make a little more than the whole.
            shares *= min(1.0, remaining / max(float(shares.sum()), 1e-9))
            for word, share in zip(table.words[entries].tolist(), shares.tolist(), strict=True):
                found[word] = found.get(word, 0.0) + share
            remaining = max(0.0, remaining - float(shares.sum()))
        return {self._words[word]: probability for word, probability in found.items()}
