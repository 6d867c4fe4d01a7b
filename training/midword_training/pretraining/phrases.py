"""Count the corpora's phrases.

    python -m midword_training.pretraining.phrases RECIPE --lexicon FILE --out FILE

The n-grams of `midword.suggest.phrases`, from the training side of the recipe's split. A document
is read whole or not at all, with a probability that is the root of its sampling weight: half of the
old novels, a fifth of the formulaic reference pages. What is kept of a context is what may change a
short list: words seen in it several times and likely enough. Words that the lexicon doesn't know,
commands and handles, are in none: `midword_training.pretraining.lexicon` says what is a usual word.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from midword.suggest.lexicon import Lexicon
from midword.suggest.phrases import PASSAGES, PATTERNS
from midword.text.folding import fold
from midword.text.words import PLAIN_WORD
from midword_training.pretraining.corpora import CorpusDocument, held_out, training_documents
from midword_training.pretraining.recipes import read_recipe
from midword_training.words.grams import Pruning, count_grams, store_phrases

_WORD = re.compile(rf"(?<![\w@/\\]){PLAIN_WORD}(?![\w@/\\])")
"""What `midword.text.words.words` yields, for text without combining marks."""


def word_lists(documents: Iterable[tuple[CorpusDocument, float]]) -> Iterator[list[str]]:
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
