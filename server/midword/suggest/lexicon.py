"""The usual forms of a language's words and how frequent they are."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

from midword.suggest.arrays import open_arrays
from midword.text.folding import fold
from midword.text.prefixes import beginning

# A team's lexicon over the language's: its share of all occurrences, and how many sightings of a
# word weigh as much as what the language says of its form.
_TEAM_SHARE = 0.3
_ENOUGH = 4.0

RAREST = 1e-6
"""Words that a lexicon lacks are about as frequent as its rarest."""


class Lexicon:
    """Words by folded key, sorted, so that a prefix is a slice.

    Attributes:
        keys: the folded words, sorted, each once.
        forms: each key's usual written form ("Tuesday", "don't").
        counts: float32 [len(keys)], occurrences in the corpus that it was counted from.
        capitals: float32 [len(keys)], share of occurrences inside a sentence that begin with
            a capital.
    """

    def __init__(
        self,
        keys: Sequence[str],
        forms: Sequence[str],
        counts: npt.NDArray[np.float32],
        capitals: npt.NDArray[np.float32],
    ) -> None:
        # Tuples of words, the collector finds, hold nothing that it must follow: lists it walks.
        self.keys = tuple(keys)
        self.forms = tuple(forms)
        self.counts = counts
        self.capitals = capitals
        self.total = float(counts.sum()) or 1.0
        self._places = {key: place for place, key in enumerate(keys)}
        self._frequent = np.argsort(-counts, kind="stable")

    @classmethod
    def from_counts(cls, counts: Mapping[str, int]) -> "Lexicon":
        """Group counted forms ("may": 900, "May": 100) by key."""
        grouped: dict[str, list[tuple[int, str]]] = {}
        for form, count in counts.items():
            grouped.setdefault(fold(form), []).append((count, form))
        keys = sorted(grouped)
        totals = [sum(count for count, _ in grouped[key]) for key in keys]
        upper = [
            sum(count for count, form in grouped[key] if form[0].isupper()) / total
            for key, total in zip(keys, totals, strict=True)
        ]
        return cls(
            keys,
            [max(grouped[key])[1] for key in keys],
            np.array(totals, dtype=np.float32),
            np.array(upper, dtype=np.float32),
        )

    @classmethod
    def load(cls, path: Path) -> "Lexicon":
        """Read what :meth:`save` wrote.

        Raises:
            OSError, ValueError: the file is missing or damaged.
        """
        with open_arrays(path) as file:
            keys = file["keys"].tobytes().decode().split("\n")
            # A form is stored only where it differs from its key.
            stored = file["forms"].tobytes().decode().split("\n")
            forms = [form or key for form, key in zip(stored, keys, strict=True)]
            counts = file["counts"].astype(np.float32)
            capitals = file["capitals"].astype(np.float32) / np.float32(255)
        if counts.shape != (len(keys),) or capitals.shape != (len(keys),):
            raise ValueError(f"{path.name} has not one count for each word")
        if any(one >= next_one for one, next_one in pairwise(keys)):
            raise ValueError(f"{path.name} has words out of order")
        if not (np.isfinite(counts).all() and (counts >= 0).all() and (capitals >= 0).all()):
            raise ValueError(f"{path.name} has counts that are none")
        return cls(keys, forms, counts, capitals)

    def save(self, path: Path) -> None:
        """Write a compressed ``.npz``: keys, forms, counts, capitals (0-255)."""
        forms = [
            "" if form == key else form for form, key in zip(self.forms, self.keys, strict=True)
        ]
        np.savez_compressed(
            path,
            keys=_packed(self.keys),
            forms=_packed(forms),
            counts=self.counts.astype(np.uint32),
            capitals=np.round(self.capitals * 255).astype(np.uint8),
        )

    def laid_over(self, base: "Lexicon") -> "Lexicon":
        """A team's words with the language's below them: its forms win, frequencies mix."""
        scale = _TEAM_SHARE / (1 - _TEAM_SHARE) * base.total / self.total
        forms, counts, capitals = list(base.forms), base.counts.copy(), base.capitals.copy()
        new = []
        for own, key in enumerate(self.keys):
            if (place := base.find(key)) is None:
                new.append(own)
                continue
            seen = float(self.counts[own])
            counts[place] += seen * scale
            upper = float(self.capitals[own]) * seen + float(base.capitals[place]) * _ENOUGH
            capitals[place] = upper / (seen + _ENOUGH)
            if seen >= _ENOUGH:
                forms[place] = self.forms[own]
        keys = [*base.keys, *(self.keys[own] for own in new)]
        forms += [self.forms[own] for own in new]
        counts = np.concatenate([counts, self.counts[new] * np.float32(scale)])
        capitals = np.concatenate([capitals, self.capitals[new]])
        order = sorted(range(len(keys)), key=keys.__getitem__)
        return Lexicon(
            [keys[place] for place in order],
            [forms[place] for place in order],
            counts[order],
            capitals[order],
        )

    def __len__(self) -> int:
        return len(self.keys)

    def find(self, key: str) -> int | None:
        """The place of a folded word, or None."""
        return self._places.get(key)

    def probability(self, key: str) -> float:
        """A word's relative frequency; 0.0 for an unknown one."""
        place = self.find(key)
        return 0.0 if place is None else self.counts.item(place) / self.total

    def slice(self, prefix: str) -> slice:
        """Where the words that begin with a folded prefix stand."""
        return beginning(self.keys, prefix)

    def share(self, prefix: str) -> float:
        """The share of all occurrences that begin with a folded prefix."""
        return float(self.counts[self.slice(prefix)].sum()) / self.total if prefix else 1.0

    def most_frequent(self, prefix: str, limit: int) -> list[int]:
        """The places of the most frequent words that begin with a folded prefix."""
        if not prefix:
            return [int(place) for place in self._frequent[:limit]]
        part = self.slice(prefix)
        return [int(place) + part.start for place in top(self.counts[part], limit)]


NO_LEXICON = Lexicon([], [], np.zeros(0, dtype=np.float32), np.zeros(0, dtype=np.float32))
"""What is known of the words of a language that nobody here reads."""


def top(values: npt.NDArray[np.float32], limit: int) -> npt.NDArray[np.int64]:
    """Indices of the largest values, largest first."""
    if len(values) > limit:
        chosen = np.argpartition(values, -limit)[-limit:]
        return np.asarray(chosen[np.argsort(-values[chosen])], dtype=np.int64)
    return np.asarray(np.argsort(-values, kind="stable"), dtype=np.int64)


def _packed(words: Iterable[str]) -> npt.NDArray[np.uint8]:
    return np.frombuffer("\n".join(words).encode(), dtype=np.uint8)
