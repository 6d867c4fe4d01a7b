"""What a run learns from and is measured on: documents read, without secrets, and parted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from midword_training.confidentiality.redaction import HIDDEN, Redaction
from midword_training.documents.document import TeamDocument
from midword_training.documents.reading import Reading, read_sources
from midword_training.documents.shelf import Shelf
from midword_training.documents.side_by_side import for_each_run
from midword_training.documents.splitting import split
from midword_training.documents.views import joined
from midword_training.settings import TrainingSettings

LEAST_WORDS = 300
"""Words of training text, a page: less teaches nothing."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """What a run learns from and is measured on."""

    train: Sequence[TeamDocument]
    validation: Sequence[TeamDocument]
    reading: Reading

    def report(self) -> str:
        """What was read, and what is trained and measured on."""
        split = (
            f"training on {len(self.train)} documents, validating on {len(self.validation)}"
            if len(self.validation)
            else "no documents to validate on: the last epoch is kept (more text would help)"
        )
        hidden = sum(document.text.count(HIDDEN) for document in self.train)
        taken = f"hid {hidden} places that may be confidential (secrets, addresses, rare names)\n"
        return f"{self.reading.report()}\n{taken if hidden else ''}{split}"


def read_corpus(
    sources: Sequence[str],
    validation: Sequence[str],
    settings: TrainingSettings,
    folder: Path,
    processes: int = 1,
) -> Corpus:
    """Read and split the documents; `validation` sources replace the split.

    Args:
        sources: see `documents.reading`.
        validation: likewise.
        settings: of the run.
        folder: the documents' text lies there, for there may be more than memory.
        processes: that share the search for what is confidential.

    Raises:
        UserError: a source does not exist, or nothing readable was found.
    """

    def read(named: Sequence[str], name: str) -> Reading:
        return read_sources(
            named,
            text_field=settings.text_field or None,
            max_repeats=settings.max_repeats,
            keep=lambda documents: Shelf.write(folder / name, documents),
        )

    reading = read(sources, "read")
    train, held_out = reading.documents, read(validation, "held").documents if validation else ()
    if settings.redact:  # whole documents: three of them make a term
        safe = shelve_redacted(joined(train, held_out), folder / "safe", processes)
        train, held_out = safe[: len(train)], safe[len(train) :]
    if not validation:
        train, held_out = split(train, settings.validation_share, settings.seed)
    return Corpus(train, held_out, reading)


def shelve_redacted(documents: Sequence[TeamDocument], folder: Path, processes: int) -> Shelf:
    """Write documents without what is confidential."""
    redaction = Redaction(documents, processes)
    runs = for_each_run(documents, lambda run: [redaction.of(number) for number in run], processes)
    return Shelf.write(folder, chain.from_iterable(runs))
