"""A team's document, and when two of its paragraphs say the same."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

SHORT = 60
"""Characters: shorter paragraphs (headings, list items) may repeat."""


@dataclass(frozen=True, slots=True)
class TeamDocument:
    """A document's prose, paragraph by paragraph, under the name it is reported by.

    `redacted`: what is confidential was taken out (`midword_training.confidentiality.redaction`).
    """

    name: str
    paragraphs: tuple[str, ...]
    redacted: bool = False

    @property
    def text(self) -> str:
        """The paragraphs with a blank line between them."""
        return "\n\n".join(self.paragraphs)

    @property
    def size(self) -> int:
        """Characters of prose."""
        return sum(map(len, self.paragraphs))


def key_of(paragraph: str) -> bytes:
    """The same for paragraphs that differ in case and blanks only."""
    return hashlib.blake2b(" ".join(paragraph.lower().split()).encode(), digest_size=12).digest()
