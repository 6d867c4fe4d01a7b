"""What of the documents is held out to measure on: many small pieces rather than one document.

A loss that rests on a single document says how that one is written. So ten pieces or more are held
out: short documents whole, and of long ones a part.
"""

from __future__ import annotations

import random
import sys
from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import NamedTuple

from midword_training.documents.document import SHORT, TeamDocument, key_of
from midword_training.documents.views import View

LEAST_PIECES = 10
"""Pieces that are held out, if that takes no more than `_MOST` of the text."""

ENOUGH = 2_000_000
"""Characters: some 400,000 tokens, from which on more of them tell nothing more."""

_MOST = 0.2  # share of the text that may be held out to come to so many pieces
_SHORTEST = 200  # characters of a piece: a shorter one is hardly a training row
_SPARE = 1.2  # times as many pieces are cut as are wanted, for they end with a paragraph


class _Piece(NamedTuple):
    """The paragraphs `first` to `last` - 1 of a document; all of them where it has fewer."""

    document: int
    first: int
    last: int
    size: int


def split(
    documents: Sequence[TeamDocument], share: float, seed: int
) -> tuple[Sequence[TeamDocument], list[TeamDocument]]:
    """Train and validation documents: `share` of the text, or enough, in `LEAST_PIECES` pieces.

    Pieces are spread over the documents. Paragraphs that stand in a training document too are taken
    out of the validation ones. What is too little to be parted is all for training.
    """
    if share <= 0 or not len(documents):
        return documents, []
    sizes = [document.size for document in documents]
    held = _held(documents, sizes, share, random.Random(seed))
    out: defaultdict[int, set[int]] = defaultdict(set)
    wanted: set[bytes] = set()
    for piece in held:
        paragraphs = documents[piece.document].paragraphs[piece.first : piece.last]
        out[piece.document].update(range(piece.first, piece.first + len(paragraphs)))
        wanted.update(map(key_of, paragraphs))

    def left(number: int) -> TeamDocument:
        document, gone = documents[number], out.get(number)
        if gone is None:
            return document
        rest = (p for at, p in enumerate(document.paragraphs) if at not in gone)
        return replace(document, paragraphs=tuple(rest))

    some = [n for n in range(len(documents)) if n not in out or left(n).paragraphs]
    train = View(len(some), lambda number: left(some[number]))
    known = {
        key
        for document in (train if wanted else ())
        for paragraph in document.paragraphs
        if (key := key_of(paragraph)) in wanted
    }
    validation = []
    for piece in sorted(held):
        paragraphs = documents[piece.document].paragraphs[piece.first : piece.last]
        fresh = tuple(p for p in paragraphs if len(p) < SHORT or key_of(p) not in known)
        if fresh:
            validation.append(replace(documents[piece.document], paragraphs=fresh))
    return train, validation


def _held(
    documents: Sequence[TeamDocument], sizes: Sequence[int], share: float, rng: random.Random
) -> list[_Piece]:
    total = sum(sizes)
    wanted = min(share * total, ENOUGH)
    length = max(_SHORTEST, int(wanted / LEAST_PIECES / _SPARE))
    pieces = [
        [_Piece(i, 0, sys.maxsize, size)]
        if size <= length
        else list(_pieces(i, documents[i], length))
        for i, size in enumerate(sizes)
    ]
    for each in pieces:
        rng.shuffle(each)
    rng.shuffle(pieces)
    # One of each document, then a second one of each, and so on.
    waiting = deque(piece for turn in zip_longest(*pieces) for piece in turn if piece is not None)
    if len(waiting) < 2:
        return []
    held: list[_Piece] = []
    size = 0
    while waiting and size < wanted:
        piece = waiting.popleft()
        if size + piece.size <= max(2 * wanted, size + 1) and size + piece.size < total:
            held.append(piece)
            size += piece.size
    while waiting and len(held) < LEAST_PIECES:
        piece = waiting.popleft()
        if size + piece.size <= max(_MOST, share) * total:
            held.append(piece)
            size += piece.size
    return held


def _pieces(number: int, document: TeamDocument, length: int) -> Iterator[_Piece]:
    """A long document in parts of about `length` characters."""
    paragraphs = document.paragraphs
    first, size = 0, 0
    for at, paragraph in enumerate(paragraphs):
        size += len(paragraph)
        if size >= length or at == len(paragraphs) - 1:
            yield _Piece(number, first, at + 1, size)
            first, size = at + 1, 0
