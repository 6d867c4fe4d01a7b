"""What of a team's documents can be read out of its model, for people to look over.

The oddest stands first: a secret that no rule knew is likelier at the top than anywhere else.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Literal, NamedTuple

from midword_training.confidentiality.oddness import Language

REVIEW_FILE = "new-words.csv"

Kind = Literal["token", "word", "phrase"]
"""A word with a token of its own, a word of the lexicon, or words that follow each other."""


class Entry(NamedTuple):
    """Something that enters the model's folder."""

    kind: Kind
    keys: tuple[str, ...]
    occurrences: int
    documents: int


def write_review(path: Path, entries: Iterable[Entry], language: Language) -> None:
    """A table of everything, oddest first: in bits a letter, by the package's own language."""
    rows = [
        (" ".join(e.keys), e.kind, e.occurrences, e.documents, round(language.oddness(e.keys), 2))
        for e in entries
    ]
    rows.sort(key=lambda row: (-row[4], row[0]))
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["text", "kind", "occurrences", "documents", "bits a letter"])
        table.writerows(rows)
