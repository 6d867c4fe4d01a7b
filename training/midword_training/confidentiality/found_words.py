"""A text's words, found once for all who look at them."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from midword.text.folding import fold
from midword.text.words import words

folded = lru_cache(maxsize=1 << 18)(fold)
"""`fold`, of which a text asks the same again and again."""


@dataclass(frozen=True, slots=True)
class FoundWords:
    """The words of a text in their order: where they stand, as written, and folded."""

    text: str
    matches: Sequence[re.Match[str]]
    forms: Sequence[str]
    keys: Sequence[str]

    @classmethod
    def of(cls, text: str) -> FoundWords:
        """Find them."""
        matches = list(words(text))
        forms = [match[0] for match in matches]
        return cls(text, matches, forms, list(map(folded, forms)))

    def between(self, start: int, end: int) -> range:
        """The numbers of the words that begin in a part of the text."""
        first = bisect_left(self.matches, start, key=re.Match.start)
        return range(first, bisect_left(self.matches, end, first, key=re.Match.start))
