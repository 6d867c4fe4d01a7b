"""What of the documents is held out to measure on: many small pieces rather than one document.

A loss that rests on a single document says how that one is written. So ten pieces or more are held
out: short documents whole, and of long ones a part.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import TYPE_CHECKING, NamedTuple

from midword_training.documents.document import SHORT, key_of

if TYPE_CHECKING:
    from midword_training.documents.document import TeamDocument

LEAST_PIECES = 10
"""Pieces that are held out, if that takes no more than `_MOST` of the text."""

_MOST = 0.2  # share of the text that may be held out to come to so many pieces
_SHORTEST = 200  # characters of a piece: a shorter one is hardly a training row
_SPARE = 1.2  # times as many pieces are cut as are wanted, for they end with a paragraph


class _Piece(NamedTuple):
    """A document, or the paragraphs `first` to `last` - 1 of one."""

    document: int
    first: int
    last: int
    size: int


def split(
    documents: Sequence[TeamDocument], share: float, seed: int
) -> tuple[list[TeamDocument], list[TeamDocument]]:
    """Train and validation documents: at least `share` of the text in `LEAST_PIECES` pieces.

    Pieces are spread over the documents. Paragraphs that stand in a training document too are taken
    out of the validation ones. What is too little to be parted is all for training.
    """
    if share <= 0 or not documents:
        return list(documents), []
    held = _held(documents, share, random.Random(seed))
    out = {(piece.document, at) for piece in held for at in range(piece.first, piece.last)}
    train = []
    for number, document in enumerate(documents):
        left = tuple(p for at, p in enumerate(document.paragraphs) if (number, at) not in out)
        if left:
            train.append(replace(document, paragraphs=left))
    known = {key_of(paragraph) for document in train for paragraph in document.paragraphs}
    validation = []
    for piece in sorted(held):
        paragraphs = documents[piece.document].paragraphs[piece.first : piece.last]
        fresh = tuple(p for p in paragraphs if len(p) < SHORT or key_of(p) not in known)
        if fresh:
            validation.append(replace(documents[piece.document], paragraphs=fresh))
    return train, validation


def _held(documents: Sequence[TeamDocument], share: float, rng: random.Random) -> list[_Piece]:
    total = sum(document.size for document in documents)
    wanted = share * total
    length = max(_SHORTEST, int(wanted / LEAST_PIECES / _SPARE))
    pieces = [list(_pieces(i, document, length)) for i, document in enumerate(documents)]
    for each in pieces:
        rng.shuffle(each)
    rng.shuffle(pieces)
    # One of each document, then a second one of each, and so on.
    waiting = [piece for turn in zip_longest(*pieces) for piece in turn if piece is not None]
    if len(waiting) < 2:
        return []
    held: list[_Piece] = []
    size = 0
    while waiting and size < wanted:
        piece = waiting.pop(0)
        if size + piece.size <= max(2 * wanted, size + 1) and size + piece.size < total:
            held.append(piece)
            size += piece.size
    while waiting and len(held) < LEAST_PIECES:
        piece = waiting.pop(0)
        if size + piece.size <= max(_MOST, share) * total:
            held.append(piece)
            size += piece.size
    return held


def _pieces(number: int, document: TeamDocument, length: int) -> Iterator[_Piece]:
    """A short document whole, a long one in parts of about `length` characters."""
    paragraphs = document.paragraphs
    if document.size <= length:
        yield _Piece(number, 0, len(paragraphs), document.size)
        return
    first, size = 0, 0
    for at, paragraph in enumerate(paragraphs):
        size += len(paragraph)
        if size >= length or at == len(paragraphs) - 1:
            yield _Piece(number, first, at + 1, size)
            first, size = at + 1, 0
