"""What a run learns from and is measured on: documents read, without secrets, and parted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from midword.errors import UserError
from midword_training.confidentiality.redaction import HIDDEN, redact
from midword_training.documents.document import TeamDocument
from midword_training.documents.reading import Reading, read_sources
from midword_training.documents.splitting import split
from midword_training.settings import Settings

LEAST_WORDS = 300
"""Words of training text, a page: less teaches nothing."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """What a run learns from and is measured on."""

    train: list[TeamDocument]
    validation: list[TeamDocument]
    reading: Reading

    def report(self) -> str:
        """What was read, and what is trained and measured on."""
        split = (
            f"training on {len(self.train)} documents, validating on {len(self.validation)}"
            if self.validation
            else "no documents to validate on: the last epoch is kept (more text would help)"
        )
        hidden = sum(document.text.count(HIDDEN) for document in self.train)
        taken = f"hid {hidden} places that may be confidential (secrets, addresses, rare names)\n"
        return f"{self.reading.report()}\n{taken if hidden else ''}{split}"


def read_corpus(sources: Sequence[str], validation: Sequence[str], settings: Settings) -> Corpus:
    """Read and split the documents; `validation` sources replace the split.

    Raises:
        UserError: there is too little to learn from.
    """
    field = settings.text_field or None
    reading = read_sources(sources, text_field=field, max_repeats=settings.max_repeats)
    held_out: list[TeamDocument] = []
    if validation:
        held = read_sources(validation, text_field=field, max_repeats=settings.max_repeats)
        held_out = held.documents
    train = reading.documents
    if settings.redact:  # whole documents: three of them make a term
        safe = list(redact([*train, *held_out]))
        train, held_out = safe[: len(train)], safe[len(train) :]
    if not validation:
        train, held_out = split(train, settings.validation_share, settings.seed)
    count = sum(len(document.text.split()) for document in train)
    if count < LEAST_WORDS:
        raise UserError(
            f"only {count} words to learn from; fine-tuning needs at least {LEAST_WORDS}\n"
            + reading.report()
        )
    return Corpus(train, held_out, reading)
