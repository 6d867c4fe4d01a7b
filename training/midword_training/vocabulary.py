"""Enlarging a model's vocabulary with whole words.

Midword restricts one mask's distribution to what has been typed. For a word that is one token this
is exact conditioning in one pass; a word of several pieces needs several masks. So the corpus's
frequent words become tokens of their own: plain words inside the WordPiece vocabulary (the longest
match wins), words with an apostrophe or a hyphen as added tokens, which the pre-tokeniser, that
would split them, never sees.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from transformers import AutoTokenizer

from midword_training.corpus import Document

WORD = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*")
"""A word: letters with inner apostrophes and hyphens, as the typing simulator counts them."""

_CONTRACTION = re.compile(r"(?:.+n't|.+'(?:re|ve|ll|d|m)|o'clock|ma'am|y'all|c'mon)$")
CLITIC_IS = frozenset(
    f"{word}'s"
    for word in "it that he she what there here who where how let when why".split()  # noqa: SIM905
)
"""The words where 's is "is" or "us"; elsewhere it is taken for a possessive."""


@dataclass(frozen=True, slots=True)
class WordCount:
    """A lower-cased word: its (weighted) count, and in how many documents and sources it is."""

    word: str
    count: float
    documents: int
    sources: int


def count_words(
    documents: Iterable[Document], weigh: Callable[[Document], float] = lambda _: 1.0
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


def enlarge(
    model: Any, tokenizer: Any, words: Sequence[WordCount], total: float
) -> tuple[Any, Any]:
    """Give each word a row: the mean of its pieces' rows, and its log share of `total` as bias.

    The model is changed in place; the tokenizer is a new one. WordPiece takes words into its
    vocabulary, `[unused*]` rows first; Unigram takes them as pieces likelier than their parts;
    byte-level BPE, whose words need a chain of merges, gets added tokens that hold the blank before
    them.

    Raises:
        ValueError: a tokenizer of another kind.
    """
    spec = json.loads(tokenizer.backend_tokenizer.to_str())
    kind = spec["model"]["type"]
    if kind not in _ADDERS:
        raise ValueError(f"a {kind} vocabulary can't be enlarged")
    pieces = [tokenizer(" " + word.word, add_special_tokens=False)["input_ids"] for word in words]
    shares = [max(word.count, 1) / total for word in words]
    rows = _ADDERS[kind](spec, [word.word for word in words])
    _start_rows(model, pieces, rows, shares)
    return model, _reload(tokenizer, spec)


def _size(spec: dict[str, Any]) -> int:
    """The first id that is free, added tokens counted."""
    ids = [token["id"] for token in spec["added_tokens"]]
    return max([len(spec["model"]["vocab"]), *(i + 1 for i in ids)])


def _add_to_wordpiece(spec: dict[str, Any], words: Sequence[str]) -> list[int]:
    vocab: dict[str, int] = spec["model"]["vocab"]
    free = sorted(i for token, i in vocab.items() if token.startswith("[unused"))
    first = max(vocab.values()) + 1
    rows = [*free, *range(first, first + len(words))][: len(words)]
    taken = set(rows)
    vocab = {token: i for token, i in vocab.items() if i not in taken}
    vocab.update(zip(words, rows, strict=True))
    spec["model"]["vocab"] = dict(sorted(vocab.items(), key=lambda pair: pair[1]))
    inner = [pair for pair in zip(words, rows, strict=True) if not pair[0].isalpha()]
    spec["added_tokens"] += [_added_token(word, row) for word, row in inner]
    spec["added_tokens"].sort(key=lambda token: token["id"])
    return rows


def _add_to_unigram(spec: dict[str, Any], words: Sequence[str]) -> list[int]:
    """A piece's score is a log-probability: the best of all makes it win over its own parts."""
    vocab: list[list[Any]] = spec["model"]["vocab"]
    best = max(score for _, score in vocab)
    worst = min(score for _, score in vocab)
    outside = {token["id"]: token["content"] for token in spec["added_tokens"]}
    while len(vocab) < _size(spec):  # pieces are numbered by place: fill what is there already
        vocab.append([outside.get(len(vocab), f"<free{len(vocab)}>"), worst])
    rows = list(range(len(vocab), len(vocab) + len(words)))
    vocab += [["\u2581" + word, best] for word in words]
    return rows


def _add_beside_bpe(spec: dict[str, Any], words: Sequence[str]) -> list[int]:
    first = _size(spec)
    rows = list(range(first, first + len(words)))
    spec["added_tokens"] += [
        {**_added_token(word, row), "lstrip": True, "normalized": False}
        for word, row in zip(words, rows, strict=True)
    ]
    return rows


_ADDERS: dict[str, Callable[[dict[str, Any], Sequence[str]], list[int]]] = {
    "WordPiece": _add_to_wordpiece,
    "Unigram": _add_to_unigram,
    "BPE": _add_beside_bpe,
}


def _added_token(word: str, row: int) -> dict[str, Any]:
    return {
        "id": row,
        "content": word,
        "single_word": True,
        "lstrip": False,
        "rstrip": False,
        "normalized": True,
        "special": False,
    }


def _start_rows(
    model: Any, pieces: Sequence[Sequence[int]], rows: Sequence[int], shares: Sequence[float]
) -> None:
    """Start the new rows; the head is tied to the embeddings, so one matrix serves both."""
    before = model.get_input_embeddings().weight.detach().float().clone()
    model.resize_token_embeddings(
        max([len(before), *(row + 1 for row in rows)]), mean_resizing=False
    )
    weight, bias = model.get_input_embeddings().weight, model.get_output_embeddings().bias
    with torch.no_grad():
        for split, row, share in zip(pieces, rows, shares, strict=True):
            weight[row] = before[list(split)].mean(0).to(weight.dtype)
            if bias is not None:
                bias[row] = math.log(share)


def _reload(tokenizer: Any, spec: dict[str, Any]) -> Any:
    """A tokenizer of the same class and settings over the changed `tokenizer.json`."""
    with TemporaryDirectory() as folder:
        tokenizer.save_pretrained(folder)
        Path(folder, "tokenizer.json").write_text(json.dumps(spec, ensure_ascii=False))
        return AutoTokenizer.from_pretrained(folder)
