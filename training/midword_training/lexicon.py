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
from collections.abc import Callable, Iterable
from pathlib import Path

from midword.suggest.lexicon import Lexicon
from midword_training.corpus import Document, share_of, training_documents
from midword_training.recipes import read_recipe
from midword_training.vocabulary import CLITIC_IS

_INSIDE = re.compile(r"(?<=[^\W_] |[,;] )[^\W\d_]+(?:['-][^\W\d_]+)*(?![\w'’-])")
"""A word after a letter, digit, comma or semicolon and one space: not a sentence's first."""

_SENTENCE_END = re.compile(r"[.!?:;,][\"')\]]*\s*$")


_INNER_CAPITAL = re.compile(r"[^\W\d_]*[a-z][A-Z]")
"""GitHub and McDonald, but also GetDuration: an identifier unless four sources have it."""


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


def count_forms(
    documents: Iterable[Document],
    weigh: Callable[[Document], float],
    *,
    min_documents: int = 3,
    min_sources: int = 2,
    least_share: float = 0.03,
    limit: int = 150_000,
) -> dict[str, int]:
    """Weighted counts of the forms in enough documents, without a word's rare variants.

    A form stays when `min_sources` sources or `min_documents` documents (two at least) have it, and
    when it makes at least `least_share` of its word's uses.
    """
    counts: Counter[str] = Counter()
    spread: Counter[str] = Counter()
    sources: dict[str, set[str]] = {}
    for document in documents:
        here = Counter(forms_of(document.text))
        weight = weigh(document)
        for form, count in here.items():
            counts[form] += count * weight  # type: ignore[assignment]
        spread.update(here.keys())
        sources.setdefault(document.source, set()).update(here)
    reach: Counter[str] = Counter()
    for forms in sources.values():
        reach.update(forms)
    words: Counter[str] = Counter()
    for form, count in counts.items():
        words[form.casefold()] += count
    kept = {
        form: max(1, round(count))
        for form, count in counts.items()
        if (reach[form] >= min_sources or spread[form] >= min_documents)
        and spread[form] > 1
        and (reach[form] >= 4 or not _INNER_CAPITAL.search(form))
        and count >= least_share * words[form.casefold()]
    }
    return dict(Counter(kept).most_common(limit))


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("recipe", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    recipe = read_recipe(arguments.recipe)
    documents = (document for document, _ in training_documents(recipe))
    weights = recipe["weights"]
    counts = count_forms(documents, lambda document: share_of(document, weights))
    Lexicon.from_counts(counts).save(arguments.out)
    print(f"{len(counts):,} forms, {arguments.out.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
