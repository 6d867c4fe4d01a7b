"""The corpus: documents with a licence, and the token file that training reads.

A document is one JSON line (`source`, `license`, `genre`, `text`) in an xz-compressed file. Text
under licences the model must not learn from is left out, a share of the documents is held out by a
hash of their text, and what is left is tokenised once into a memory-mapped file of 16-bit ids.
"""

from __future__ import annotations

import hashlib
import json
import lzma
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from midword.text.cloze import normalise

T = TypeVar("T")

Shares = Mapping[str, Mapping[str, float]]
"""Shares of documents by `source` and by `genre`."""

REFUSED_LICENCES = ("GPL", "GFDL", "LGPL", "no formal licence")
"""Parts of a licence's name that keep a document out of every file this package writes."""


@dataclass(frozen=True, slots=True)
class CorpusDocument:
    """A text and where it comes from."""

    text: str
    source: str = ""
    license: str = ""
    genre: str = ""


def read_documents(
    folder: Path, refused: Sequence[str] = REFUSED_LICENCES
) -> Iterator[CorpusDocument]:
    """Yield the normalised documents of every `*.jsonl.xz` in `folder`, in a fixed order."""
    for path in sorted(folder.glob("*.jsonl.xz")):
        with lzma.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                record: dict[str, str] = json.loads(line)
                if any(name in record["license"] for name in refused):
                    continue
                yield CorpusDocument(
                    normalise(record["text"]),
                    record["source"],
                    record["license"],
                    record["genre"],
                )


def held_out(document: CorpusDocument, share: float) -> bool:
    """Whether the document belongs to the held-out `share`: a property of its text alone."""
    digest = hashlib.blake2b(document.text.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") < share * 2**64


def share_of(document: CorpusDocument, shares: Shares, otherwise: float = 1.0) -> float:
    """What a recipe's table of shares says of a document.

    `shares["source"]` names parts of sources' names, of which the longest that the document's
    source has wins; then counts its genre in `shares["genre"]`, then `otherwise`.
    """
    by_source = shares.get("source", {})
    if named := [part for part in by_source if part in document.source]:
        return by_source[max(named, key=len)]
    return shares.get("genre", {}).get(document.genre, otherwise)


def training_documents(
    recipe: Mapping[str, Any], held_out_side: bool = False
) -> Iterator[tuple[CorpusDocument, float]]:
    """The documents on one side of a recipe's split, with how much of them a pass reads."""
    data, aside = recipe["data"], recipe.get("held_out", {})
    for folder in data["corpora"]:
        for document in read_documents(Path(folder)):
            share = share_of(document, aside, data["held_out"])
            if held_out(document, share) == held_out_side:
                yield document, share_of(document, recipe["weights"])


@dataclass(frozen=True, slots=True)
class TokenFile:
    """Token ids of many documents, end to end.

    Shapes: `ids` [tokens] uint16, `starts` [documents + 1] int64, `weights` [documents] float32,
    `genres` [documents] str.
    """

    ids: NDArray[np.uint16]
    starts: NDArray[np.int64]
    weights: NDArray[np.float32]
    genres: NDArray[np.str_]

    @classmethod
    def load(cls, folder: Path) -> TokenFile:
        """Map the file that `write_tokens` left in `folder`."""
        index = np.load(folder / "documents.npz")
        ids = np.memmap(folder / "ids.u16", dtype=np.uint16, mode="r")
        return cls(ids, index["starts"], index["weights"], index["genres"])


def write_tokens(
    folder: Path, documents: Iterable[tuple[CorpusDocument, float]], tokenizer: Any
) -> TokenFile:
    """Tokenise `(document, weight)` pairs, without special tokens, into `folder`.

    `tokenizer` is a `tokenizers.Tokenizer` of fewer than 65,536 entries.
    """
    if tokenizer.get_vocab_size() > 2**16:
        raise ValueError("a token file holds 16-bit ids: the vocabulary is too large")
    folder.mkdir(parents=True, exist_ok=True)
    starts, weights, genres = [0], list[float](), list[str]()
    with (folder / "ids.u16").open("wb") as out:
        for batch in _batches(documents, 512):
            texts = [document.text for document, _ in batch]
            for (document, weight), encoding in zip(
                batch,
                tokenizer.encode_batch_fast(texts, add_special_tokens=False),
                strict=True,
            ):
                np.asarray(encoding.ids, dtype=np.uint16).tofile(out)
                starts.append(starts[-1] + len(encoding.ids))
                weights.append(weight)
                genres.append(document.genre)
    np.savez(
        folder / "documents.npz",
        starts=np.asarray(starts, dtype=np.int64),
        weights=np.asarray(weights, dtype=np.float32),
        genres=np.asarray(genres, dtype=np.str_),
    )
    return TokenFile.load(folder)


def _batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    batch: list[T] = []
    for item in items:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def epoch_blocks(tokens: TokenFile, length: int, seed: int, epoch: int) -> NDArray[np.int64]:
    """The blocks of one pass, shuffled: [blocks, 2] of first and last + 1 token.

    Each document is cut every `length` tokens from a random first cut; a document of weight w
    keeps each of its blocks with probability w (a weight above 1 repeats blocks). The order
    depends on `seed` and `epoch` alone, so a position in it is all that a resumed run needs.
    """
    rng = np.random.default_rng((seed, epoch))
    first, last = tokens.starts[:-1], tokens.starts[1:]
    offset = rng.integers(0, length, size=len(first))
    count = np.maximum(0, -(-(last - first - offset) // length)) + (offset > 0)
    document = np.repeat(np.arange(len(first)), count)
    within = np.arange(len(document)) - np.repeat(np.cumsum(count) - count, count)
    begin = first[document] + offset[document] + (within - (offset[document] > 0)) * length
    blocks = np.stack(
        [np.maximum(begin, first[document]), np.minimum(begin + length, last[document])], axis=1
    )
    weight = tokens.weights[document]
    repeats = np.floor(weight + rng.random(len(weight))).astype(np.int64)
    blocks = np.repeat(blocks, repeats, axis=0)
    blocks = blocks[blocks[:, 1] - blocks[:, 0] >= 8]  # shorter ones are mostly padding
    return blocks[rng.permutation(len(blocks))]
