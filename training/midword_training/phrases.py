"""Count the corpus's phrases: `python -m midword_training.phrases RECIPE --lexicon ... --out FILE`.

The n-grams of `midword.suggest.phrases`, from the training side of the recipe's split. A document
is read whole or not at all, with a probability that is the root of its sampling weight: half of the
old novels, a fifth of the formulaic reference pages. What is kept of a context is what may change a
short list: words seen in it several times and likely enough. Words that the lexicon doesn't know,
commands and handles, are in none: `midword_training.lexicon` says what is a usual word.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from midword.suggest.lexicon import Lexicon
from midword.suggest.phrases import PASSAGES, PATTERNS, SCALE, Pattern, Table, context_key
from midword.text.folding import fold
from midword_training.corpus import Document, held_out, training_documents
from midword_training.recipes import read_recipe

_WORD = re.compile(r"(?<![\w@/\\])[^\W\d_]+(?:['-][^\W\d_]+)*(?![\w@/\\])")
"""What `midword.text.words.words` yields, for text without combining marks."""


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


def word_lists(documents: Iterable[tuple[Document, float]]) -> Iterator[list[str]]:
    """The folded words of each paragraph of the documents that are read."""
    for document, weight in documents:
        if held_out(document, weight**0.5):  # a hash of the text that is as good as a coin
            for line in document.text.splitlines():
                yield _WORD.findall(fold(line))


def number_words(
    lists: Iterable[list[str]], size: int, usual: Callable[[str], bool] = lambda _: True
) -> tuple[list[str], NDArray[np.uint64]]:
    """The `size` - 1 most frequent `usual` words, and all words as their numbers, 0 for others.

    Three zeros stand between paragraphs, so that no context reaches over.
    """
    numbers: dict[str, int] = {}
    counts: Counter[int] = Counter()
    parts: list[NDArray[np.int32]] = []
    for words in lists:
        ids = [numbers.setdefault(word, len(numbers)) for word in words]
        counts.update(ids)
        parts.append(np.asarray([*ids, -1, -1, -1], dtype=np.int32))
    names = list(numbers)
    usual_ones = (number for number, _ in counts.most_common() if usual(names[number]))
    frequent = list(islice(usual_ones, size - 1))
    renumbered = np.zeros(len(names) + 1, dtype=np.uint64)  # the last for -1
    renumbered[frequent] = np.arange(1, len(frequent) + 1)
    return ["", *(names[number] for number in frequent)], renumbered[np.concatenate(parts)]


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
    stream: NDArray[np.uint64],
    pattern: Pattern,
    pruning: Pruning,
    documents: NDArray[np.int64] | None = None,
) -> Grams:
    """Count one pattern in the words' numbers and keep what `pruning` lets through.

    `documents`: for each word of the stream the number of the document that it stands in; without
    them all of it is one.
    """
    width = pattern.left + 1 + pattern.right
    columns = [stream[i : len(stream) - width + 1 + i] for i in range(width)]
    valid = np.logical_and.reduce([column > 0 for column in columns])
    word = columns.pop(pattern.left)[valid]
    context = context_key([column[valid] for column in columns]).astype(np.uint64)
    grams, first, which, occurrences = np.unique(
        (context << np.uint64(16)) | word,
        return_index=True,
        return_inverse=True,
        return_counts=True,
    )
    spread = np.ones(len(grams), dtype=np.int64)
    if documents is not None:
        several = int(documents.max(initial=0)) + 1
        pairs = np.unique(which * several + documents[: len(valid)][valid])
        spread = np.bincount(pairs // several, minlength=len(grams))
    contexts = (grams >> np.uint64(16)).astype(np.uint32)
    begin, kinds = _runs(contexts)
    total = np.repeat(np.add.reduceat(occurrences, begin), kinds)
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
        np.flatnonzero(valid)[first[kept]],
        occurrences[kept],
        spread[kept],
    )


def table_of(grams: Grams) -> Table:
    """What is kept of a pattern as the server reads it."""
    begin, _ = _runs(grams.contexts)
    return Table(
        grams.contexts[begin],
        np.append(begin, len(grams.contexts)).astype(np.uint32),
        grams.words,
        _quantised(grams.shares, begin),
    )


def count_pattern(stream: NDArray[np.uint64], pattern: Pattern, pruning: Pruning) -> Table:
    """The table of one pattern, all of the stream being one document."""
    return table_of(count_grams(stream, pattern, pruning))


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


def known_to(lexicon: Lexicon) -> Callable[[str], bool]:
    """Whether a folded word is one of the lexicon's, or the possessive of one."""

    def known(word: str) -> bool:
        return any(lexicon.find(key) is not None for key in (word, word.removesuffix("'s")))

    return known


def write_phrases(
    path: Path, words: list[str], stream: NDArray[np.uint64], prunings: Mapping[str, Pruning]
) -> None:
    """Count and store the patterns named in `prunings`."""
    patterns = [pattern for pattern in (*PASSAGES, *PATTERNS) if pattern.name in prunings]
    grams = {each: count_grams(stream, each, prunings[each.name]) for each in patterns}
    store_phrases(path, words, grams)


def store_phrases(path: Path, words: list[str], grams: Mapping[Pattern, Grams]) -> None:
    """Store what was counted of some patterns."""
    arrays = {"words": np.frombuffer("\n".join(words).encode(), dtype=np.uint8)}
    for pattern, counted in grams.items():
        if len(counted.words):
            arrays |= table_of(counted).pack(pattern.name)
    np.savez_compressed(path, allow_pickle=False, **arrays)


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("recipe", type=Path)
    parser.add_argument(
        "--lexicon", type=Path, required=True, help="whose words alone stand in phrases"
    )
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    recipe = read_recipe(arguments.recipe)
    words, stream = number_words(
        word_lists(training_documents(recipe)),
        recipe["phrases"]["words"],
        known_to(Lexicon.load(arguments.lexicon)),
    )
    prunings = {name: Pruning(*values) for name, values in recipe["phrases"]["keep"].items()}
    write_phrases(arguments.out, words, stream, prunings)
    print(f"{len(stream):,} words, {arguments.out.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
