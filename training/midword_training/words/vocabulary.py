"""Enlarging a model's vocabulary with whole words.

Midword restricts one mask's distribution to what has been typed. For a word that is one token this
is exact conditioning in one pass; a word of several pieces needs several masks. So the corpus's
frequent words become tokens of their own: plain words inside the WordPiece vocabulary (the longest
match wins), or by merges inside a byte-level BPE's; words with an apostrophe or a hyphen as added
tokens, which the pre-tokeniser, that would split them, never sees.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from transformers import AutoTokenizer


@dataclass(frozen=True, slots=True)
class WordCount:
    """A lower-cased word: its (weighted) count, and in how many documents and sources it is."""

    word: str
    count: float
    documents: int
    sources: int


def enlarge(
    model: Any, tokenizer: Any, words: Sequence[WordCount], total: float
) -> tuple[Any, Any]:
    """Give each word a row: the mean of its pieces' rows, and its log share of `total` as bias.

    The model is changed in place; the tokenizer is a new one. WordPiece takes words into its
    vocabulary, `[unused*]` rows first; Unigram takes them as pieces likelier than their parts;
    byte-level BPE takes them with the merges that lead to them.

    Raises:
        ValueError: a tokenizer of another kind, or one that does not make one token of a word.
    """
    spec = json.loads(tokenizer.backend_tokenizer.to_str())
    kind = spec["model"]["type"]
    if kind not in _ADDERS:
        raise ValueError(f"a {kind} vocabulary can't be enlarged")
    ids = [tokenizer(" " + word.word, add_special_tokens=False)["input_ids"] for word in words]
    pieces = [tokenizer.convert_ids_to_tokens(each) for each in ids]
    whole = [_is_looked_up_whole(tokenizer, word.word) for word in words]
    parts = _ADDERS[kind](spec, [word.word for word in words], pieces, whole)
    larger = _reload(tokenizer, spec)
    starts = [  # what stands between a word and its pieces is no word's
        _Start(larger.convert_tokens_to_ids(token), tokenizer.convert_tokens_to_ids(made_of), 1.0)
        for token, made_of in parts.items()
    ]
    for word, before in zip(words, ids, strict=True):
        after = larger(" " + word.word, add_special_tokens=False)["input_ids"]
        if len(after) != 1:
            raise ValueError(f"{word.word!r} did not become one token")
        starts.append(_Start(after[0], before, max(word.count, 1)))
    _start_rows(model, starts, total)
    return model, larger


def _is_looked_up_whole(tokenizer: Any, word: str) -> bool:
    """Whether a word reaches the vocabulary in one part, and not one for each of its signs."""
    backend = tokenizer.backend_tokenizer
    text = " " + word
    if backend.normalizer is not None:
        text = backend.normalizer.normalize_str(text)
    if backend.pre_tokenizer is None:
        return True
    return (
        sum(bool(part.strip("\u2581 ")) for part, _ in backend.pre_tokenizer.pre_tokenize_str(text))
        == 1
    )


def _size(spec: dict[str, Any]) -> int:
    """The first id that is free, added tokens counted."""
    vocab = spec["model"]["vocab"]
    ids = vocab.values() if isinstance(vocab, dict) else range(len(vocab))
    return max([-1, *ids, *(token["id"] for token in spec["added_tokens"])]) + 1


def _place_added_tokens(spec: dict[str, Any]) -> None:
    """Put what stands behind a vocabulary into it: else a reader gives it the first id behind."""
    for token in spec["added_tokens"]:
        spec["model"]["vocab"].setdefault(token["content"], token["id"])


Parts = dict[str, list[str]]
"""Tokens that had to be made on the way to a word, with the old ones that each consists of."""


def _add_to_wordpiece(
    spec: dict[str, Any],
    words: Sequence[str],
    _pieces: Sequence[Sequence[str]],
    whole: Sequence[bool],
) -> Parts:
    _place_added_tokens(spec)
    vocab: dict[str, int] = spec["model"]["vocab"]
    named = {token["id"] for token in spec["added_tokens"]}
    free = sorted(i for t, i in vocab.items() if t.startswith("[unused") and i not in named)
    first = _size(spec)
    rows = [*free, *range(first, first + len(words))][: len(words)]
    taken = set(rows)
    vocab = {token: i for token, i in vocab.items() if i not in taken}
    vocab.update(zip(words, rows, strict=True))
    spec["model"]["vocab"] = dict(sorted(vocab.items(), key=lambda pair: pair[1]))
    spec["added_tokens"] += [
        _added_token(word, row)
        for word, row, alone in zip(words, rows, whole, strict=True)
        if not alone
    ]
    spec["added_tokens"].sort(key=lambda token: token["id"])
    return {}


def _add_to_unigram(
    spec: dict[str, Any],
    words: Sequence[str],
    _pieces: Sequence[Sequence[str]],
    _whole: Sequence[bool],
) -> Parts:
    """A piece's score is a log-probability: the best of all makes it win over its own parts."""
    vocab: list[list[Any]] = spec["model"]["vocab"]
    best = max(score for _, score in vocab)
    worst = min(score for _, score in vocab)
    outside = {token["id"]: token["content"] for token in spec["added_tokens"]}
    while len(vocab) < _size(spec):  # pieces are numbered by place: fill what is there already
        vocab.append([outside.get(len(vocab), f"<free{len(vocab)}>"), worst])
    places = {piece: place for place, (piece, _) in enumerate(vocab)}
    for word in words:
        piece = "\u2581" + word
        if piece in places:  # one that its own parts beat
            vocab[places[piece]][1] = best
        else:
            vocab.append([piece, best])
    return {}


def _add_to_bpe(
    spec: dict[str, Any],
    words: Sequence[str],
    pieces: Sequence[Sequence[str]],
    whole: Sequence[bool],
) -> Parts:
    """Merge each word's pieces from its end, after all merges that were there.

    So what comes between is the end of a word and never looks like one, and text without these
    words is parted as before. A word that the pre-tokenizer parts cannot be merged: it becomes an
    added token that holds the blank before it.
    """
    _place_added_tokens(spec)
    model = spec["model"]
    vocab: dict[str, int] = model["vocab"]
    ranks = {_pair(merge): rank for rank, merge in enumerate(model["merges"])}
    old, free = set(vocab), _size(spec)
    made_of: dict[str, list[str]] = {}
    for word, split, alone in zip(words, pieces, whole, strict=True):
        if not alone:
            spec["added_tokens"].append(
                {**_added_token(word, free), "lstrip": True, "normalized": False}
            )
            vocab[word], free = free, free + 1
            continue
        merged = _merge(list(split), ranks)
        while len(merged) > 1:
            pair = (merged[-2], merged[-1])
            ranks[pair] = len(ranks)
            token = "".join(pair)
            if token not in vocab:
                vocab[token], free = free, free + 1
                made_of[token] = [old_one for part in pair for old_one in made_of.get(part, [part])]
            merged = _merge(merged, ranks)
    model["merges"] = [list(pair) for pair in ranks]
    words_themselves = {"".join(split) for split in pieces}
    return {t: parts for t, parts in made_of.items() if t not in old | words_themselves}


def _pair(merge: str | Sequence[str]) -> tuple[str, str]:
    """A merge of `tokenizer.json`, of which older versions make one string."""
    left, right = merge.split(" ") if isinstance(merge, str) else merge
    return left, right


def _merge(pieces: list[str], ranks: dict[tuple[str, str], int]) -> list[str]:
    """What byte-pair encoding makes of some pieces: the pair of the lowest rank first."""
    while True:
        pairs = [(ranks[pair], i) for i, pair in enumerate(pairwise(pieces)) if pair in ranks]
        if not pairs:
            return pieces
        _, at = min(pairs)
        pieces[at : at + 2] = ["".join(pieces[at : at + 2])]


_Adder = Callable[
    [dict[str, Any], Sequence[str], Sequence[Sequence[str]], Sequence[bool]],
    Parts,
]
"""Changes a `tokenizer.json`: the words, their tokens so far, and which reach it whole."""

_ADDERS: dict[str, _Adder] = {
    "WordPiece": _add_to_wordpiece,
    "Unigram": _add_to_unigram,
    "BPE": _add_to_bpe,
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


@dataclass(frozen=True, slots=True)
class _Start:
    """A new row, the rows whose mean it starts from, and how often it was counted."""

    row: int
    pieces: Sequence[int]
    count: float


def _start_rows(model: Any, starts: Sequence[_Start], total: float) -> None:
    """Start the new rows; the head is tied to the embeddings, so one matrix serves both."""
    before = model.get_input_embeddings().weight.detach().float().clone()
    size = max([len(before), *(start.row + 1 for start in starts)])
    model.resize_token_embeddings(size, mean_resizing=False)
    weight, bias = model.get_input_embeddings().weight, model.get_output_embeddings().bias
    with torch.no_grad():
        for start in starts:
            weight[start.row] = before[list(start.pieces)].mean(0).to(weight.dtype)
            if bias is not None:
                bias[start.row] = math.log(start.count / total)


def _reload(tokenizer: Any, spec: dict[str, Any]) -> Any:
    """A tokenizer of the same class and settings over the changed `tokenizer.json`."""
    with TemporaryDirectory() as folder:
        tokenizer.save_pretrained(folder)
        Path(folder, "tokenizer.json").write_text(json.dumps(spec, ensure_ascii=False), "utf-8")
        return AutoTokenizer.from_pretrained(folder)
