"""How odd words and phrases are beside a language's: what tells a key from a term.

The language is the package's own: its lexicon and its phrases, and how the lexicon's words are
spelt. Words that the team's documents have teach the spelling too, so that a German handbook is
not odd as a whole.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from midword.suggest.lexicon import Lexicon
from midword.suggest.loading import DATA
from midword.suggest.phrases import Phrases

_SIGNS = 40  # letters, about, that may follow two others
_UNSEEN = 0.1  # of an occurrence: what a letter not seen after two others has
_WRONG = 6.0  # bits that an unfamiliar pair of words costs beside the second one's frequency
_LONG, _LONG_BITS = 8, 5.3
_SHORT, _SHORT_BITS = 6, 5.8
"""From so many letters on, a spelling of more bits a letter is drawn by lot.

Of words of 8 letters drawn by lot 93% have more than 5.3, of 12 letters 98%; of 3,000 words of the
lexicon with 6 letters and more 1% have more than 4.8, one more than 5.8.
"""


class Spelling:
    """Letters after the two before them, each word counted once; `base`: others counted before."""

    def __init__(self, words: Iterable[str], base: Spelling | None = None) -> None:
        self._base = base
        self._words: set[str] = {word for word in words if base is None or word not in base._words}
        self._counts = Counter(part for word in self._words for part in _threes_and_twos(word))

    def _count(self, part: str) -> int:
        return self._counts[part] + (self._base._counts[part] if self._base else 0)

    def bits(self, word: str) -> float:
        """The bits of a letter of `word`, in the mean; the word itself is not counted."""
        counted = word in self._words or (self._base is not None and word in self._base._words)
        own = Counter(_threes_and_twos(word)) if counted else Counter[str]()
        bits = 0.0
        for three in _threes(word):
            seen = self._count(three) - own[three] + _UNSEEN
            of = self._count(three[:2]) - own[three[:2]] + _UNSEEN * _SIGNS
            bits -= math.log2(seen / of)
        return bits / (len(word) + 1)


def _threes(word: str) -> Iterator[str]:
    padded = f"^^{word}$"
    return (padded[i : i + 3] for i in range(len(padded) - 2))


def _threes_and_twos(word: str) -> Iterator[str]:
    for three in _threes(word):
        yield three
        yield three[:2]


def _parts(keys: Iterable[str]) -> Iterator[str]:
    return (part for key in keys for part in key.split("-"))


class Language:
    """What is usual: the package's words, pairs of words and spelling, and the documents' own."""

    def __init__(self, lexicon: Lexicon, phrases: Phrases, spelling: Spelling) -> None:
        self._lexicon, self.spelling = lexicon, spelling
        # Most words of a text were asked about before.
        self.knows = lru_cache(maxsize=1 << 16)(self._knows)
        self.familiar = lru_cache(maxsize=1 << 18)(self._familiar)
        self.drawn_by_lot = lru_cache(maxsize=1 << 16)(self._drawn_by_lot)
        self._after = lru_cache(maxsize=1 << 14)(
            lambda key: frozenset(phrases.next_words([key], []))
        )
        self._before = lru_cache(maxsize=1 << 14)(
            lambda key: frozenset(phrases.next_words([], [key]))
        )

    @classmethod
    def of(cls, own: Iterable[str]) -> Language:
        """The package's, with the folded words of some documents."""
        lexicon, phrases, spelling = _package()
        return cls(lexicon, phrases, Spelling(_parts(own), spelling))

    def _knows(self, key: str) -> bool:
        """Whether a folded word, or the noun that it is the possessive of, is in the lexicon."""
        return any(self._lexicon.find(k) is not None for k in (key, key.removesuffix("'s")))

    def _familiar(self, one: str, other: str) -> bool:
        """Whether the language has the second word after the first."""
        return other in self._after(one) or one in self._before(other)

    def _drawn_by_lot(self, key: str) -> bool:
        """Whether the letters of an unknown word follow each other as in no language."""
        if self.knows(key):
            return False
        letters = key.replace("-", "").replace("'", "")
        if len(letters) < _SHORT:
            return False
        return self.spelling.bits(letters) > (_LONG_BITS if len(letters) >= _LONG else _SHORT_BITS)

    def oddness(self, keys: Sequence[str]) -> float:
        """The bits of a letter of some folded words that follow each other."""
        bits, before = 0.0, ""
        for key in keys:
            share = self._lexicon.probability(key)
            bits += -math.log2(share) if share else self.spelling.bits(key) * (len(key) + 1)
            if before and not self.familiar(before, key):
                bits += _WRONG
            before = key
        return bits / max(1, sum(map(len, keys)))


@lru_cache(maxsize=1)
def _package() -> tuple[Lexicon, Phrases, Spelling]:
    lexicon = Lexicon.load(DATA / "lexicon.npz")
    return lexicon, Phrases.load(DATA / "phrases.npz"), Spelling(_parts(lexicon.keys))
