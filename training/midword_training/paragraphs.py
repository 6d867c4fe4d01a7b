"""When two paragraphs say the same."""

from __future__ import annotations

import hashlib

SHORT = 60
"""Characters: shorter paragraphs (headings, list items) may repeat."""


def key_of(paragraph: str) -> bytes:
    """The same for paragraphs that differ in case and blanks only."""
    return hashlib.blake2b(" ".join(paragraph.lower().split()).encode(), digest_size=12).digest()
