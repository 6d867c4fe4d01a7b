"""What is kept: words and pairs of words with counts; of rarer ones not even that.

A word that the language has is kept at once. One that it lacks may be a name, a slip or a secret:
it is kept when it was typed three times. A pair is kept when it was typed three times on two days,
else the book would recite sentences. Until then both are fingerprints, which say nothing to who
hasn't the key; it lies in another file.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from midword.text.folding import fold

_OFTEN = 3  # times
_DAYS = 2  # on which a pair is typed
_MOST = 20_000  # words, pairs and fingerprints, each
_WAITS = timedelta(days=60)  # from the last time until a fingerprint goes
_HALF_LIFE = 180  # days without a word after which it counts half when room is short


@dataclass(slots=True)
class Kept:
    """A word or a pair: how often it was typed, and when last."""

    count: int
    day: date


@dataclass(slots=True)
class Waiting:
    """What is not yet kept: how often it was typed, on how many days, and when last."""

    count: int
    days: int
    day: date


@dataclass(slots=True)
class Notes:
    """What was typed since the book was last written.

    Attributes:
        words: as written -> times.
        pairs: two folded words with a blank between -> times.
    """

    words: Counter[str] = field(default_factory=Counter)
    pairs: Counter[str] = field(default_factory=Counter)

    def __bool__(self) -> bool:
        return bool(self.words or self.pairs)

    def add(self, word: str, left: str = "") -> None:
        """Note a word, and the one before it."""
        word = word.replace("\u2019", "'")
        self.words[word] += 1
        if left:
            self.pairs[f"{fold(left)} {fold(word)}"] += 1

    def update(self, others: Notes) -> None:
        """Note what others have, too."""
        self.words.update(others.words)
        self.pairs.update(others.pairs)


@dataclass(slots=True)
class Book:
    """All that is remembered.

    Attributes:
        words: as written.
        pairs: two folded words with a blank between.
        waiting: by fingerprint.
    """

    words: dict[str, Kept] = field(default_factory=dict)
    pairs: dict[str, Kept] = field(default_factory=dict)
    waiting: dict[str, Waiting] = field(default_factory=dict)

    def add(self, notes: Notes, day: date, key: bytes, is_known: Callable[[str], bool]) -> None:
        """Take notes in.

        Args:
            notes: of what was typed.
            day: when.
            key: of the fingerprints.
            is_known: whether the language has a word.
        """
        for word, times in notes.words.items():
            if word in self.words or is_known(word):
                _count(self.words, word, times, day)
            else:
                self._wait(self.words, word, times, day, 1, key)
        for pair, times in notes.pairs.items():
            if pair in self.pairs:
                _count(self.pairs, pair, times, day)
            elif all(fold(word) for word in pair.split(" ")):
                self._wait(self.pairs, pair, times, day, _DAYS, key)
        self._make_room(day)

    def forget(self, word: str) -> int:
        """Forget a word in every form, and its pairs; how many entries went."""
        folded = fold(word)
        forms = [form for form in self.words if fold(form) == folded]
        pairs = [pair for pair in self.pairs if folded in pair.split(" ")]
        for form in forms:
            del self.words[form]
        for pair in pairs:
            del self.pairs[pair]
        return len(forms) + len(pairs)

    def counts(self) -> tuple[Mapping[str, int], Mapping[str, int]]:
        """How often each word and each pair was typed."""
        return (
            {word: kept.count for word, kept in self.words.items()},
            {pair: kept.count for pair, kept in self.pairs.items()},
        )

    def _wait(
        self, kept: dict[str, Kept], entry: str, times: int, day: date, days: int, key: bytes
    ) -> None:
        """Note something that may not be kept yet, and keep it when it may."""
        mark = hashlib.blake2b(entry.encode(), key=key, digest_size=5).hexdigest()
        known = self.waiting.pop(mark, None) or Waiting(0, 0, date.min)
        count, on = known.count + times, known.days + (known.day != day)
        if count >= _OFTEN and on >= days:
            _count(kept, entry, count, day)
        else:
            self.waiting[mark] = Waiting(count, on, day)

    def _make_room(self, day: date) -> None:
        for mark, waits in list(self.waiting.items()):
            if day - waits.day > _WAITS:
                del self.waiting[mark]
        for mark in list(self.waiting)[:-_MOST]:
            del self.waiting[mark]
        for kept in (self.words, self.pairs):
            if len(kept) > _MOST:
                ranked = sorted(kept, key=lambda entry: -_worth(kept[entry], day))
                for entry in ranked[_MOST:]:
                    del kept[entry]


def _count(kept: dict[str, Kept], entry: str, times: int, day: date) -> None:
    before = kept.get(entry)
    kept[entry] = Kept(times + (before.count if before else 0), day)


def _worth(kept: Kept, day: date) -> float:
    return kept.count * math.exp2(-(day - kept.day).days / _HALF_LIFE)
