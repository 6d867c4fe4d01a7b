"""Where words come from: each source is a distribution over folded words for one gap.

A source's probabilities sum to its ``mass``: 1 for one that always has an answer, less for one
that knows how little it has seen (two words after a rare name are weak evidence).
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from itertools import repeat
from typing import Protocol

import numpy as np
import numpy.typing as npt

from midword.model.vocabulary import Vocabulary
from midword.suggest.habits import Habits
from midword.suggest.lexicon import RAREST, Lexicon, top
from midword.suggest.memory import Counts, Memory
from midword.text.prefixes import beginning

# A source that has seen this many words is trusted with half its weight.
_FEW_WORDS = 50
# Of the powers and pseudo-counts tried on held-out text (0.35 to 0.7, 50 to 1000), the best.
_ADAPTATION = 0.7
_BEFORE_ADAPTING = 1000
# However well the words around fit, others stay possible.
_MOST_ADAPTED = 0.9
# Words away from the gap at which a mention counts half.
_HALF_LIFE = 60
_DECAY = 0.5 ** (1 / _HALF_LIFE)


class Source(Protocol):
    """A distribution over folded words."""

    mass: float

    def probabilities(self, keys: Sequence[str]) -> list[float]:
        """The probability of each of some words."""
        ...

    def share(self, prefix: str) -> float:
        """The probability of all words that begin with a folded prefix."""
        ...

    def candidates(self, prefix: str, limit: int) -> Iterable[str]:
        """The likeliest words that begin with a folded prefix."""
        ...


class ModelSource:
    """The model's distribution at the mask over its whole words.

    Args:
        vocabulary: the model's words.
        distribution: float32 [len(vocabulary)], summing to 1.
    """

    mass = 1.0

    def __init__(self, vocabulary: Vocabulary, distribution: npt.NDArray[np.float32]) -> None:
        self.vocabulary = vocabulary
        self.distribution = distribution

    def probabilities(self, keys: Sequence[str]) -> list[float]:
        """See :class:`Source`."""
        item, find = self.distribution.item, self.vocabulary.find
        return [sum(map(item, find(key))) for key in keys]

    def share(self, prefix: str) -> float:
        """See :class:`Source`."""
        return float(self.distribution[self.vocabulary.slice(prefix)].sum()) if prefix else 1.0

    def candidates(self, prefix: str, limit: int) -> Iterable[str]:
        """See :class:`Source`."""
        part = self.vocabulary.slice(prefix)
        for place in top(self.distribution[part], limit):
            yield self.vocabulary.keys[part.start + int(place)]

    def form(self, key: str) -> str:
        """How the likeliest token that is this word is written; "" where the model can't tell."""
        places = self.vocabulary.find(key)
        if not places or not self.vocabulary.cased:
            return ""
        return self.vocabulary.forms[max(places, key=self.distribution.item)]


class LexiconSource:
    """How frequent words are in the language."""

    mass = 1.0

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon

    def probabilities(self, keys: Sequence[str]) -> list[float]:
        """See :class:`Source`."""
        return list(map(self._lexicon.probability, keys))

    def share(self, prefix: str) -> float:
        """See :class:`Source`."""
        return self._lexicon.share(prefix)

    def candidates(self, prefix: str, limit: int) -> Iterable[str]:
        """See :class:`Source`."""
        for place in self._lexicon.most_frequent(prefix, limit):
            yield self._lexicon.keys[place]


class _Narrowed(ABC):
    """A source of which each letter typed leaves some of the words that were left before."""

    _latest: tuple[str, list[str]] | None = None  # prefix, words

    def _beginning(self, prefix: str) -> list[str]:
        """The words that begin with a folded prefix, likeliest first."""
        latest = self._latest
        if latest is None or not prefix.startswith(latest[0]):
            found = self._ranked(prefix)
        elif prefix == latest[0]:
            return latest[1]
        else:
            found = [key for key in latest[1] if key.startswith(prefix)]
        self._latest = prefix, found
        return found

    @abstractmethod
    def _ranked(self, prefix: str) -> list[str]:
        """The same, from all words."""


class FewWords(_Narrowed):
    """A distribution with few words: what is near, what follows a phrase.

    Args:
        probabilities: folded word -> probability; their sum is the mass.
    """

    def __init__(self, probabilities: dict[str, float]) -> None:
        self._probabilities = probabilities
        self.mass = min(1.0, math.fsum(probabilities.values()))

    def probabilities(self, keys: Sequence[str]) -> list[float]:
        """See :class:`Source`."""
        return list(map(self._probabilities.get, keys, repeat(0.0)))

    def share(self, prefix: str) -> float:
        """See :class:`Source`."""
        if not prefix:
            return self.mass
        return math.fsum(map(self._probabilities.__getitem__, self._beginning(prefix)))

    def candidates(self, prefix: str, limit: int) -> Iterable[str]:
        """See :class:`Source`."""
        return self._beginning(prefix)[:limit]

    def _ranked(self, prefix: str) -> list[str]:
        found = [key for key in reversed(self._probabilities) if key.startswith(prefix)]
        found.sort(key=self._probabilities.__getitem__, reverse=True)
        return found


class MemorySource(_Narrowed):
    """Counts of one document or of all of a memory's documents.

    Args:
        memory: where the counts are from.
        counts: of folded words.
        at_cursor: the folded word that the gap takes the place of; one mention less counts.
    """

    def __init__(self, memory: Memory, counts: Counts, at_cursor: str = "") -> None:
        self._memory = memory
        self._words = counts.words
        self._at_cursor = at_cursor
        seen = max(0, counts.total - (at_cursor in self._words))
        self._total = seen + _FEW_WORDS
        self.mass = seen / self._total

    def probabilities(self, keys: Sequence[str]) -> list[float]:
        """See :class:`Source`."""
        return [self._count(key) / self._total for key in keys]

    def share(self, prefix: str) -> float:
        """See :class:`Source`."""
        if not prefix:
            return self.mass
        return sum(map(self._count, self._beginning(prefix))) / self._total

    def candidates(self, prefix: str, limit: int) -> Iterable[str]:
        """See :class:`Source`."""
        if not prefix:
            return []  # before the first letter, what is near and what follows is likelier
        return self._beginning(prefix)[:limit]

    def _ranked(self, prefix: str) -> list[str]:
        counted = [(self._count(key), key) for key in self._memory.beginning(prefix)]
        return [key for count, key in sorted(counted, reverse=True) if count > 0]

    def _count(self, key: str) -> int:
        count = self._words.get(key, 0)
        return count - 1 if count and key == self._at_cursor else count


class LackingWords(_Narrowed):
    """Words that a writer is remembered for and that the language lacks.

    Args:
        habits: what is remembered.
        lexicon: of the language.
    """

    def __init__(self, habits: Habits, lexicon: Lexicon) -> None:
        self._habits = habits
        self._lexicon = lexicon
        self._keys = habits.lacking(lexicon)
        self._total = habits.total + _FEW_WORDS
        self.mass = sum(map(habits.count, self._keys)) / self._total

    def probabilities(self, keys: Sequence[str]) -> list[float]:
        """See :class:`Source`."""
        return [
            self._habits.count(key) / self._total if self._lexicon.find(key) is None else 0.0
            for key in keys
        ]

    def share(self, prefix: str) -> float:
        """See :class:`Source`."""
        if not prefix:
            return self.mass
        return sum(map(self._habits.count, self._beginning(prefix))) / self._total

    def candidates(self, prefix: str, limit: int) -> Iterable[str]:
        """See :class:`Source`."""
        return self._beginning(prefix)[:limit] if prefix else []

    def _ranked(self, prefix: str) -> list[str]:
        found = self._keys[beginning(self._keys, prefix)]
        return sorted(found, key=self._habits.count, reverse=True)


def following(habits: Habits, left: Sequence[str]) -> FewWords:
    """What a writer is remembered for after the last word, surer the fewer different ones.

    Args:
        habits: what is remembered.
        left: folded words before the gap, in order.
    """
    counts = habits.after(left[-1]) if left else {}
    seen = sum(counts.values()) + len(counts)  # Witten and Bell 1991
    return FewWords({key: count / seen for key, count in counts.items()})


def mentions(left: Sequence[str], right: Sequence[str]) -> dict[str, float]:
    """How often words stand around a gap, nearer ones counting more.

    Args:
        left: folded words before the gap, in order.
        right: those after it.
    """
    weights: dict[str, float] = {}
    for side in (reversed(left), iter(right)):
        weight = 1.0
        for key in side:
            weights[key] = weights.get(key, 0.0) + weight
            weight *= _DECAY
    return weights


def recent(near: Mapping[str, float]) -> FewWords:
    """The words around a gap by their :func:`mentions` (a decaying cache, Clarkson 1997)."""
    total = math.fsum(near.values()) + _FEW_WORDS
    return FewWords({key: weight / total for key, weight in near.items()})


def adapted(
    near: Mapping[str, float], model: ModelSource, usual: npt.NDArray[np.float32]
) -> FewWords:
    """The model's distribution bent towards the words around the gap (unigram rescaling).

    A word that is more frequent near the gap than in the language is as much likelier, to a power
    (Kneser, Peters and Klakow 1997). "The" gains nothing, "budget" a lot.

    Args:
        near: the words' :func:`mentions`.
        model: what is bent.
        usual: how frequent its vocabulary's words are in the language, [len(vocabulary)].
    """
    found = [
        (place, weight) for key, weight in near.items() for place in model.vocabulary.find(key)
    ]
    places = np.array([place for place, _ in found], dtype=np.int64)
    weights = np.array([weight for _, weight in found], dtype=np.float32)
    total = math.fsum(near.values()) + _BEFORE_ADAPTING
    gains = weights / (total * np.maximum(usual[places], RAREST))
    places, gains = places[gains > 1], gains[gains > 1]
    bent = model.distribution[places] * gains**_ADAPTATION
    whole = float(bent.sum())
    bent *= min(1.0, _MOST_ADAPTED / whole) if whole else 0.0
    words: dict[str, float] = {}
    for place, probability in zip(places.tolist(), bent.tolist(), strict=True):
        key = model.vocabulary.keys[place]
        words[key] = words.get(key, 0.0) + probability
    return FewWords(words)


def neighbours(
    memory: Memory, left: Sequence[str], right: Sequence[str], at_cursor: str = ""
) -> FewWords:
    """What the writer's own texts have between such neighbours.

    Longer contexts first; each gives the less mass, the more different words were seen in it
    (Witten and Bell 1991).

    Args:
        memory: the texts.
        left: folded words before the gap, in order.
        right: those after it.
        at_cursor: the folded word that the gap takes the place of; one mention less counts.
    """
    contexts = []
    if len(left) >= 2:
        contexts.append(memory.after(*left[-2:]))
    if right:
        contexts.append(memory.before(right[0]))
    if left:
        contexts.append(memory.after(left[-1]))
    found: dict[str, float] = {}
    remaining = 1.0
    for counts in contexts:
        seen = {key: count - (key == at_cursor) for key, count in counts.items()}
        total = sum(seen.values())
        if not total:
            continue
        known = remaining * total / (total + len(seen))
        for key, count in seen.items():
            found[key] = found.get(key, 0.0) + known * count / total
        remaining -= known
    return FewWords(found)
