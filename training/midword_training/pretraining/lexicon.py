"""Count the usual written forms of words.

    python -m midword_training.pretraining.lexicon RECIPE --out FILE

The server's model is uncased. The lexicon says how a word is written inside a sentence ("Tuesday",
"GitHub", "don't") and how often. Case is counted only where it tells something: after a word or a
comma, in lines that end like a sentence, not at sentence starts, in titles or after quotes.

The file is what `midword.suggest.lexicon.Lexicon` reads.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from midword.suggest.lexicon import Lexicon
from midword.text.folding import fold
from midword.text.words import PLAIN_WORD
from midword_training.pretraining.corpora import CorpusDocument, training_documents
from midword_training.pretraining.corpus_words import CLITIC_IS
from midword_training.pretraining.recipes import read_recipe

_INSIDE = re.compile(rf"(?<=[^\W_] |[,;] ){PLAIN_WORD}(?![\w'’-])")
"""A word after a letter, digit, comma or semicolon and one space: not a sentence's first."""

_SENTENCE_END = re.compile(r"[.!?:;,][\"')\]]*\s*$")


_INNER_CAPITAL = re.compile(r"[^\W\d_]*[a-z][A-Z]")
"""GitHub and McDonald, but also GetDuration: an identifier unless four sources have it."""

_STEMS = frozenset(
    "ain aren couldn didn doesn hadn hasn isn mustn needn shouldn wasn weren wouldn".split()  # noqa: SIM905
)
"""What an odd apostrophe leaves of a contraction."""

_FAR = 20  # times as frequent as a misspelling
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
    """How far a form reaches: its documents, and its weighted count in each source."""

    documents: int = 0
    told: int = 0  # documents of genres that are not technical
    sources: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    genres: set[str] = field(default_factory=set)

    @property
    def count(self) -> float:
        """Weighted occurrences, of which no source's are more than all the others' together.

        One set of dialogues that books stays in Apartments would capitalise them for everybody.
        """
        total = sum(self.sources.values())
        return min(total, 2 * (total - max(self.sources.values(), default=0.0)))

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
        return form.islower() and (len(self.sources) > 1 or self.documents >= _OFTEN_ENOUGH)


def spread_of_forms(
    documents: Iterable[tuple[CorpusDocument, float]], technical: Collection[str]
) -> dict[str, Spread]:
    """Every form of the documents, with weighted counts."""
    found: dict[str, Spread] = {}
    for document, weight in documents:
        told = document.genre not in technical
        for form, count in Counter(forms_of(document.text)).items():
            spread = found.get(form)
            if spread is None:
                spread = found[form] = Spread()
            spread.documents += 1
            spread.told += told
            spread.sources[document.source] += count * weight
            spread.genres.add(document.genre)
    return found


def count_forms(
    documents: Iterable[tuple[CorpusDocument, float]],
    *,
    technical: Collection[str] = (),
    never: Collection[str] = (),
    misspelt: Mapping[str, Sequence[str]] | None = None,
    least_share: float = 0.03,
    limit: int = 150_000,
) -> dict[str, int]:
    """Weighted counts of the usual forms, without a word's rare variants.

    Args:
        documents: with what each of them weighs.
        technical: genres that alone make no form usual.
        never: folded words that are no usual words, however frequent: slurs.
        misspelt: misspellings with what is meant, dropped where that is far more frequent.
        least_share: of its word's uses that a form makes at least.
        limit: most forms.
    """
    found = spread_of_forms(documents, technical)
    counts = {form: spread.count for form, spread in found.items()}
    words: Counter[str] = Counter()
    for form, count in counts.items():
        words[form.casefold()] += count  # type: ignore[assignment]
    meant = misspelt or {}
    kept = {
        form: max(1, round(count))
        for form, count in counts.items()
        if found[form].usual(form, technical)
        and form not in _STEMS
        and count >= least_share * words[form.casefold()]
        and fold(form) not in never
        and not any(
            " " in right or counts.get(right, 0.0) >= _FAR * count for right in meant.get(form, ())
        )
    }
    return dict(Counter(kept).most_common(limit))


def read_words(path: Path) -> frozenset[str]:
    """The folded words of a file that has one a line; `#` begins a comment."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return frozenset(fold(word) for line in lines if (word := line.partition("#")[0].strip()))


def read_misspellings(path: Path) -> dict[str, list[str]]:
    """Misspellings and what is meant, from lines like `teh->the` (codespell's dictionary)."""
    lines = path.read_text(encoding="utf-8").splitlines()
    pairs = (line.split("->") for line in lines if "->" in line)
    return {wrong: [each.strip() for each in right.split(",")] for wrong, right in pairs}


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("recipe", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--never", type=Path, help="words that are never usual, one a line")
    parser.add_argument("--misspelt", type=Path, help="misspellings, as codespell lists them")
    arguments = parser.parse_args()
    recipe = read_recipe(arguments.recipe)
    counts = count_forms(
        training_documents(recipe),
        technical=recipe["lexicon"]["technical"],
        never=read_words(arguments.never) if arguments.never else (),
        misspelt=read_misspellings(arguments.misspelt) if arguments.misspelt else None,
    )
    Lexicon.from_counts(counts).save(arguments.out)
    print(f"{len(counts):,} forms, {arguments.out.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
