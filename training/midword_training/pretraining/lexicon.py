"""Count the usual written forms of words.

    python -m midword_training.pretraining.lexicon RECIPE --out FILE

The server's model is uncased. The lexicon says how a word is written inside a sentence ("Tuesday",
"GitHub", "don't") and how often. Case is counted only where it tells something: after a word or a
comma, in lines that end like a sentence, not at sentence starts, in titles or after quotes.

The file is what `midword.suggest.lexicon.Lexicon` reads.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from midword.suggest.blocklist import Blocklist
from midword.suggest.inflection import regular_forms
from midword.suggest.lexicon import Lexicon
from midword.suggest.loading import DATA
from midword.text.folding import fold
from midword.text.words import PLAIN_WORD
from midword_training.pretraining.corpora import CorpusDocument, training_documents
from midword_training.pretraining.corpus_words import CLITIC_IS
from midword_training.pretraining.recipes import read_recipe

_INSIDE = re.compile(rf"(?<=[^\W_] |[,;] ){PLAIN_WORD}(?![\w'’-])")
"""A word after a letter, digit, comma or semicolon and one space: not a sentence's first."""

_SENTENCE_END = re.compile(r"[.!?:;,][\"')\]]*\s*$")


_INNER_CAPITAL = re.compile(r"[^\W\d_]*[a-z][A-Z]")
"""GitHub, but also GetDuration: an identifier unless four sources have it."""

_CAMEL = re.compile(r"[a-z]{2,}[A-Z](?:[a-z]|[A-Z]{2})")
"""setTimeout and innerHTML are no names; macOS, iPhone and mRNA are."""

_SURNAME = re.compile(r"(?:D[eu]|Fitz|L[ae]|Ma?c|Van)[A-Z][a-z]+$")

_STEMS = (
    "ain aren couldn didn doesn hadn hasn isn mustn needn shouldn wasn weren wouldn".split()  # noqa: SIM905
)
_RUN_TOGETHER = (
    "dont havent heres hes hows im itll ive shes thats theres theyd theyll theyre theyve weve "
    "whats wheres whos youd youll youre youve"
)
_PARTS = frozenset([*_STEMS, *(f"{stem}t" for stem in _STEMS), *_RUN_TOGETHER.split(), "ll", "ve"])
"""What odd apostrophes, and none, leave of contractions; "ill", "its" and "wed" are words."""

_PREFIX = re.compile(r"^(?:de|mis|multi|non|over|pre|re|sub|un|under)(?=[a-z]{4})")
"""Before usual words they make usual ones."""

_FAR = 20  # times as frequent as a misspelling
_TOLD = 2  # fewest documents that are not technical
_TOLD_OF = 4  # the same for a form with a capital inside, or all in capitals
_SHORT = 4  # letters of most abbreviations: HDD, NATO; longer ones are SIGKILL and GOROOT as well


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

    told: int = 0  # documents that are not technical
    edited: int = 0  # those of them that editors went over
    sources: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    genres: set[str] = field(default_factory=set)
    told_genres: set[str] = field(default_factory=set)

    @property
    def count(self) -> float:
        """Weighted occurrences, of which no source's are more than all the others' together.

        One set of dialogues that books stays in Apartments would capitalise them for everybody.
        """
        total = sum(self.sources.values())
        return min(total, 2 * (total - max(self.sources.values(), default=0.0)))

    @property
    def is_never_technical(self) -> bool:
        """Whether no technical document has it."""
        return self.genres == self.told_genres

    def usual(self, form: str) -> bool:
        """Whether it is a word of the language, not one source's or one trade's.

        Commands, error codes and people's handles stand in many documents, but hardly outside the
        technical ones; a novel's names and misspellings stand in one source. A textbook's terms and
        names do too, but they are spelt as they should be.
        """
        if self.told < _TOLD or _CAMEL.match(form):
            return False
        if _INNER_CAPITAL.match(form) and not _SURNAME.match(form):
            many = len(self.sources) >= 4 and len(self.told_genres) > 1
            return many and self.told >= _TOLD_OF
        if self.edited >= _TOLD:
            return True
        if len(form) > _SHORT and form.isupper() and self.told < _TOLD_OF:
            return False
        if form.islower():
            return len(self.sources) > 1
        return len(self.genres) > 1 or len(self.sources) > 2


def spread_of_forms(
    documents: Iterable[tuple[CorpusDocument, float]],
    technical: Mapping[str, Collection[str]],
    edited: Collection[str],
) -> dict[str, Spread]:
    """Every form of the documents, with weighted counts."""
    found: dict[str, Spread] = {}
    for document, weight in documents:
        told = document.genre not in technical.get("genre", ()) and not any(
            part in document.source for part in technical.get("source", ())
        )
        for form, count in Counter(forms_of(document.text)).items():
            spread = found.get(form)
            if spread is None:
                spread = found[form] = Spread()
            spread.told += told
            spread.edited += told and document.genre in edited
            spread.sources[document.source] += count * weight
            spread.genres.add(document.genre)
            if told:
                spread.told_genres.add(document.genre)
    return found


def count_forms(
    documents: Iterable[tuple[CorpusDocument, float]],
    *,
    technical: Mapping[str, Collection[str]] | None = None,
    edited: Collection[str] = (),
    whole: Collection[str] = (),
    never: Collection[str] = (),
    misspelt: Mapping[str, Sequence[str]] | None = None,
    least_share: float = 0.03,
    limit: int = 150_000,
) -> dict[str, int]:
    """Weighted counts of the usual forms, without a word's rare variants.

    Args:
        documents: with what each of them weighs.
        technical: each `genre`, and parts of each `source`'s name, that alone make no form usual.
        edited: genres of which one source is enough.
        whole: folded words that the model has as one token.
        never: folded words that are no usual words, however frequent: slurs.
        misspelt: misspellings with what is meant, dropped where that is far more frequent.
        least_share: of its word's uses that a form makes at least.
        limit: most forms.
    """
    found = spread_of_forms(documents, technical or {}, edited)
    usual = usual_forms(found, whole)
    counts = {form: spread.count for form, spread in found.items()}
    words: Counter[str] = Counter()
    for form, count in counts.items():
        words[form.casefold()] += count  # type: ignore[assignment]
    meant = misspelt or {}
    kept = {
        form: max(1, round(count))
        for form, count in counts.items()
        if form in usual
        and form.lower() not in _PARTS
        and count >= least_share * words[form.casefold()]
        and fold(form) not in never
        and not any(
            " " in right or counts.get(right, 0.0) >= _FAR * count for right in meant.get(form, ())
        )
    }
    return dict(Counter(kept).most_common(limit))


def usual_forms(found: Mapping[str, Spread], whole: Collection[str]) -> set[str]:
    """The usual words, and what only technical documents make of them: "reindexing".

    Of what the model has as one token a single document is enough that is not technical.
    """
    usual = {
        form
        for form, spread in found.items()
        if spread.usual(form)
        or (spread.told and fold(form) in whole and (form.istitle() or spread.is_never_technical))
    }
    made = {form for word in usual if word.islower() for form in (word, *regular_forms(word))}
    return usual | {
        form
        for form, spread in found.items()
        if form.islower() and len(spread.sources) > 1 and not made.isdisjoint(_stems(form))
    }


def _stems(form: str) -> tuple[str, str]:
    return form, _PREFIX.sub("", form)


def read_vocabulary(path: Path) -> frozenset[str]:
    """The folded words that a WordPiece tokenizer's file has as one token."""
    tokens = json.loads(path.read_text(encoding="utf-8"))["model"]["vocab"]
    return frozenset(fold(token) for token in tokens if token.isalpha() and len(token) > 2)


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
    parser.add_argument("--misspelt", type=Path, help="misspellings, as codespell lists them")
    arguments = parser.parse_args()
    recipe = read_recipe(arguments.recipe)
    counts = count_forms(
        training_documents(recipe),
        technical=recipe["lexicon"]["technical"],
        edited=recipe["lexicon"]["edited"],
        whole=read_vocabulary(DATA / "model" / "tokenizer.json"),
        never=Blocklist.load(DATA / "blocklist.tsv").keys("slur"),
        misspelt=read_misspellings(arguments.misspelt) if arguments.misspelt else None,
    )
    Lexicon.from_counts(counts).save(arguments.out)
    print(f"{len(counts):,} forms, {arguments.out.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
