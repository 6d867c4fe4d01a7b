"""Count the usual written forms of words: `python -m midword_training.lexicon RECIPE --out FILE`.

The server's model is uncased. The lexicon says how a word is written inside a sentence ("Tuesday",
"GitHub", "don't") and how often. Case is counted only where it tells something: after a word or a
comma, in lines that end like a sentence, not at sentence starts, in titles or after quotes.

The file is what `midword.suggest.lexicon.Lexicon` reads.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from midword.suggest.lexicon import Lexicon
from midword.text.folding import fold
from midword_training.corpus import Document, training_documents
from midword_training.recipes import read_recipe
from midword_training.vocabulary import CLITIC_IS

_INSIDE = re.compile(r"(?<=[^\W_] |[,;] )[^\W\d_]+(?:['-][^\W\d_]+)*(?![\w'’-])")
"""A word after a letter, digit, comma or semicolon and one space: not a sentence's first."""

_SENTENCE_END = re.compile(r"[.!?:;,][\"')\]]*\s*$")


_INNER_CAPITAL = re.compile(r"[^\W\d_]*[a-z][A-Z]")
"""GitHub and McDonald, but also GetDuration: an identifier unless four sources have it."""

_TOLD = 2  # fewest documents that are not technical
_OFTEN_ENOUGH = 8  # documents of a lower-case form that only one source has: a textbook's terms


def forms_of(text: str) -> Iterable[str]:
    """The words of `text` whose case tells something, possessives without their 's."""
    for line in text.splitlines():
        if not _SENTENCE_END.search(line):
            continue
        for form in _INSIDE.findall(line):
            if form[-2:] == "'s" and form.lower() not in CLITIC_IS:
                yield form[:-2]
            else:
                yield form


@dataclass(slots=True)
class Spread:
    """How far a form reaches: its weighted count, its documents, and where they are from."""

    count: float = 0.0
    documents: int = 0
    told: int = 0  # documents of genres that are not technical
    sources: set[str] = field(default_factory=set)
    genres: set[str] = field(default_factory=set)

    def usual(self, form: str, technical: Collection[str]) -> bool:
        """Whether it is a word of the language, not one source's or one trade's.

        Commands, error codes and people's handles stand in many documents, but hardly outside the
        technical genres; a novel's names and misspellings stand in one source.
        """
        if self.told < _TOLD:
            return False
        if _INNER_CAPITAL.match(form):
            return len(self.sources) >= 4 and len(self.genres.difference(technical)) > 1
        if len(self.genres) > 1 or len(self.sources) > 2:
            return True
        return form.islower() and self.documents >= _OFTEN_ENOUGH


def spread_of_forms(
    documents: Iterable[tuple[Document, float]], technical: Collection[str]
) -> dict[str, Spread]:
    """Every form of the documents, with weighted counts."""
    found: dict[str, Spread] = {}
    for document, weight in documents:
        told = document.genre not in technical
        for form, count in Counter(forms_of(document.text)).items():
            spread = found.get(form)
            if spread is None:
                spread = found[form] = Spread()
            spread.count += count * weight
            spread.documents += 1
            spread.told += told
            spread.sources.add(document.source)
            spread.genres.add(document.genre)
    return found


def count_forms(
    documents: Iterable[tuple[Document, float]],
    *,
    technical: Collection[str] = (),
    never: Collection[str] = (),
    least_share: float = 0.03,
    limit: int = 150_000,
) -> dict[str, int]:
    """Weighted counts of the usual forms, without a word's rare variants.

    Args:
        documents: with what each of them weighs.
        technical: genres that alone make no form usual.
        never: folded words that are no usual words, however frequent: slurs.
        least_share: of its word's uses that a form makes at least.
        limit: most forms.
    """
    found = spread_of_forms(documents, technical)
    words: Counter[str] = Counter()
    for form, spread in found.items():
        words[form.casefold()] += spread.count  # type: ignore[assignment]
    kept = {
        form: max(1, round(spread.count))
        for form, spread in found.items()
        if spread.usual(form, technical)
        and spread.count >= least_share * words[form.casefold()]
        and fold(form) not in never
    }
    return dict(Counter(kept).most_common(limit))


def read_words(path: Path) -> frozenset[str]:
    """The folded words of a file that has one a line; `#` begins a comment."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return frozenset(fold(word) for line in lines if (word := line.partition("#")[0].strip()))


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("recipe", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--never", type=Path, help="words that are never usual, one a line")
    arguments = parser.parse_args()
    recipe = read_recipe(arguments.recipe)
    never = read_words(arguments.never) if arguments.never else ()
    technical = recipe["lexicon"]["technical"]
    counts = count_forms(training_documents(recipe), technical=technical, never=never)
    Lexicon.from_counts(counts).save(arguments.out)
    print(f"{len(counts):,} forms, {arguments.out.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
