"""N-grams counted, pruned, and stored as the tables that `midword.suggest.phrases` reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from midword.suggest.phrases import SCALE, Pattern, Table, context_key

_AT_ONCE = 8_000_000
"""Words of a stream that are counted together, some 0.6 GB."""

_GRAM = np.dtype([("gram", np.uint64), ("place", np.int64)])
_SPREAD = 2_654_435_761  # Knuth's: neighbouring contexts come into different shares


class Pruning(NamedTuple):
    """What a table keeps."""

    occurrences: int
    """Fewest occurrences of a word in its context."""
    share: float
    """Least share of its context's occurrences."""
    trust: float
    """Least trust in a context, N / (N + T)."""
    documents: int = 1
    """Fewest documents that have a word in its context."""


class Grams(NamedTuple):
    """What is kept of one pattern: a row for each word in its context, sorted by context.

    Shapes: all [kept]. `places`: where in the stream the first of its occurrences begins.
    """

    contexts: NDArray[np.uint32]
    words: NDArray[np.uint16]
    shares: NDArray[np.float64]
    places: NDArray[np.int64]
    occurrences: NDArray[np.int64]
    documents: NDArray[np.int64]


def count_grams(
    stream: NDArray[np.unsignedinteger[Any]],
    pattern: Pattern,
    pruning: Pruning,
    ends: NDArray[np.int64] | None = None,
    folder: Path | None = None,
) -> Grams:
    """Count one pattern in the words' numbers and keep what `pruning` lets through.

    The grams of a long stream are parted by their contexts into files first, 16 bytes each, and
    counted file by file: memory is bounded, and the stream is read once.

    Args:
        stream: words' numbers; 0 stands between texts.
        pattern: what is counted.
        pruning: what is kept.
        ends: where each document ends in it; without them all of it is one.
        folder: where the files lie meanwhile; None: where the system has such.
    """
    shares = max(1, -(-len(stream) // _AT_ONCE))
    if shares == 1:
        return _count(*_grams(stream, pattern, 0), pruning, ends)
    with ExitStack() as open_files:
        files = [open_files.enter_context(TemporaryFile(dir=folder)) for _ in range(shares)]
        for begin in range(0, len(stream), _AT_ONCE):
            _part(*_grams(stream, pattern, begin), files)
        found = []
        for file in files:
            file.seek(0)
            grams = np.frombuffer(file.read(), dtype=_GRAM)
            found.append(_count(grams["gram"].copy(), grams["place"].copy(), pruning, ends))
    columns = [np.concatenate(each) for each in zip(*found, strict=True)]
    order = np.lexsort((columns[1], columns[0]))
    return Grams(*(column[order] for column in columns))


def _part(grams: NDArray[np.uint64], places: NDArray[np.int64], files: Sequence[IO[bytes]]) -> None:
    """Write grams into files, those of one context into one."""
    mixed = (grams >> np.uint64(16)) * np.uint64(_SPREAD) & np.uint64(0xFFFFFFFF)
    share = (mixed * np.uint64(len(files)) >> np.uint64(32)).astype(np.uint16)
    order = np.argsort(share, kind="stable")
    written = np.empty(len(grams), dtype=_GRAM)
    written["gram"], written["place"] = grams[order], places[order]
    ends = np.searchsorted(share[order], np.arange(len(files) + 1, dtype=np.uint32))
    for file, (begin, end) in zip(files, pairwise(ends.tolist()), strict=True):
        file.write(written[begin:end].tobytes())


def _count(
    grams: NDArray[np.uint64],
    place: NDArray[np.int64],
    pruning: Pruning,
    ends: NDArray[np.int64] | None,
) -> Grams:
    """What is kept of grams that begin at some places, all of their contexts being there."""
    grams, first, which, occurrences = np.unique(
        grams, return_index=True, return_inverse=True, return_counts=True
    )
    spread = np.ones(len(grams), dtype=np.int64)
    if ends is not None:
        several = len(ends) + 1
        document = np.searchsorted(ends, place, side="right")
        pairs = np.sort(which * several + document)  # 100 times as quick as np.unique
        others = np.ones(len(pairs), dtype=np.bool_)
        others[1:] = pairs[1:] != pairs[:-1]
        spread = np.bincount(pairs[others] // several, minlength=len(grams))
    contexts = (grams >> np.uint64(16)).astype(np.uint32)
    begins, kinds = _runs(contexts)
    total = np.repeat(np.add.reduceat(occurrences, begins), kinds) if len(begins) else occurrences
    kinds = np.repeat(kinds, kinds)
    share = occurrences / total
    trust = total / (total + kinds)
    kept = (
        (occurrences >= pruning.occurrences)
        & (spread >= pruning.documents)
        & (share >= pruning.share)
        & (trust >= pruning.trust)
    )
    return Grams(
        contexts[kept],
        (grams[kept] & np.uint64(0xFFFF)).astype(np.uint16),
        (share * trust)[kept],
        place[first[kept]],
        occurrences[kept],
        spread[kept],
    )


def _grams(
    stream: NDArray[np.unsignedinteger[Any]], pattern: Pattern, begin: int
) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Contexts and words of the grams that begin in a part of the stream, and where they do."""
    width = pattern.left + 1 + pattern.right
    part = stream[begin : begin + _AT_ONCE + width - 1].astype(np.uint64)
    columns = [part[i : len(part) - width + 1 + i] for i in range(width)]
    valid = np.flatnonzero(np.logical_and.reduce([column > 0 for column in columns]))
    word = columns.pop(pattern.left)[valid]
    context = context_key([column[valid] for column in columns]).astype(np.uint64)
    return (context << np.uint64(16)) | word, valid + begin


def store_phrases(path: Path, words: list[str], grams: Mapping[Pattern, Grams]) -> None:
    """Store what was counted of some patterns."""
    arrays = {"words": np.frombuffer("\n".join(words).encode(), dtype=np.uint8)}
    for pattern, counted in grams.items():
        if len(counted.words):
            arrays |= table_of(counted).pack(pattern.name)
    np.savez_compressed(path, allow_pickle=False, **arrays)


def table_of(grams: Grams) -> Table:
    """What is kept of a pattern as the server reads it."""
    begin, _ = _runs(grams.contexts)
    return Table(
        grams.contexts[begin],
        np.append(begin, len(grams.contexts)).astype(np.uint32),
        grams.words,
        _quantised(grams.shares, begin),
    )


def _quantised(share: NDArray[np.float64], begin: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Shares as they are stored, the contexts beginning at `begin`.

    Where rounding made more than the whole of a context's shares, they are rounded down: what is
    left for shorter contexts must not be negative.
    """
    exact = np.sqrt(share) * SCALE
    rounded = np.maximum(1, np.round(exact))
    if len(begin):
        sums = np.add.reduceat(rounded**2, begin)
        too_much = np.repeat(sums > SCALE**2, np.diff(np.append(begin, len(share))))
        rounded = np.where(too_much, np.maximum(1, np.floor(exact)), rounded)
    return rounded.astype(np.uint8)


def _runs(values: NDArray[np.uint32]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where runs of equal values begin, and how long they are."""
    changes = np.append(True, values[1:] != values[:-1]) if len(values) else np.zeros(0, np.bool_)
    begin = np.flatnonzero(changes)
    return begin, np.diff(np.append(begin, len(values)))
