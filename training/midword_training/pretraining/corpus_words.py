"""The words of the corpora, counted, and those frequent enough for tokens of their own."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from midword.text.words import PLAIN_WORD
from midword_training.pretraining.corpora import CorpusDocument
from midword_training.words.vocabulary import WordCount

WORD = re.compile(PLAIN_WORD)
"""A word: letters with inner apostrophes and hyphens, as the typing simulator counts them."""

_CONTRACTION = re.compile(r"(?:.+n't|.+'(?:re|ve|ll|d|m)|o'clock|ma'am|y'all|c'mon)$")
CLITIC_IS = frozenset(
    f"{word}'s"
    for word in "it that he she what there here who where how let when why".split()  # noqa: SIM905
)
"""The words where 's is "is" or "us"; elsewhere it is taken for a possessive."""


def count_words(
    documents: Iterable[CorpusDocument], weigh: Callable[[CorpusDocument], float] = lambda _: 1.0
) -> list[WordCount]:
    """Count every word of the documents, the most frequent first."""
    counts: Counter[str] = Counter()
    spread: Counter[str] = Counter()
    sources: dict[str, set[str]] = {}
    for document in documents:
        here = Counter(WORD.findall(document.text.lower()))
        weight = weigh(document)
        for word, count in here.items():
            counts[word] += count * weight  # type: ignore[assignment]
        spread.update(here.keys())
        sources.setdefault(document.source, set()).update(here)
    reach: Counter[str] = Counter()
    for words in sources.values():
        reach.update(words)
    return [WordCount(w, c, spread[w], reach[w]) for w, c in counts.most_common()]


def domain_words(
    counts: Iterable[WordCount],
    tokenizer: Any,
    *,
    min_count: float = 8,
    min_documents: int = 8,
    min_sources: int = 1,
    limit: int | None = None,
    compound_limit: int = 300,
) -> list[WordCount]:
    """The frequent words that `tokenizer` breaks into pieces, the most frequent first.

    Possessives stay in pieces: any noun has one. Of hyphenated compounds the most frequent
    `compound_limit` are taken. Words are returned as the tokenizer's normaliser leaves them.
    """
    normalizer = tokenizer.backend_tokenizer.normalizer
    chosen: list[WordCount] = []
    seen: set[str] = set()
    compounds = 0
    for item in counts:
        if item.count < min_count or item.documents < min_documents:
            continue
        if item.sources < min_sources or not _has_own_token(item.word):
            continue
        word = normalizer.normalize_str(item.word) if normalizer else item.word
        if word in seen or len(tokenizer.tokenize(word)) < 2:
            continue
        if "-" in word:
            compounds += 1
            if compounds > compound_limit:
                continue
        seen.add(word)
        chosen.append(WordCount(word, item.count, item.documents, item.sources))
        if limit is not None and len(chosen) == limit:
            break
    return chosen


def _has_own_token(word: str) -> bool:
    if "'" in word:
        return word in CLITIC_IS or _CONTRACTION.match(word) is not None
    return len(word) > 2
