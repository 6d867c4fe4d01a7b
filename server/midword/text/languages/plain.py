"""Plain text: everything is prose but addresses; a blank line ends a paragraph."""

from __future__ import annotations

import re

from midword.text.languages.reader import Line, Reader, Veil

ADDRESS = re.compile(
    r"""(?:\b[a-zA-Z][a-zA-Z0-9+.-]{1,20}://|\bwww\.|\bmailto:)
        (?:[^\s<>"\x00\x01]*[^\s<>"\x00\x01.,;:!?'’)\]])?
    |(?<![\w.+-])[\w.+-]++@(?:[\w-]+(?:\.[\w-]+)*)?""",
    re.VERBOSE,
)
"""A URL or a mail address, as one recognises them in running text."""


class PlainReader(Reader[None]):
    """Reads plain text."""

    start = None

    def advance(self, line: str, state: None) -> None:
        """Every line of a plain text begins alike."""

    def veil(self, line: str, state: None) -> Line:
        """Return the line; a blank or an indented one begins a paragraph."""
        if not line or line.isspace():
            return Line(line, opens=True, closes=True)
        return Line(line)

    def inline(self, text: str) -> str:
        """Hide addresses."""
        return hide_addresses(text)


def hide_addresses(text: str) -> str:
    """Hide URLs and mail addresses."""
    if "@" not in text and "://" not in text and "www." not in text and "mailto:" not in text:
        return text
    veil = Veil(text)
    for match in ADDRESS.finditer(text):
        veil.hide(*match.span())
    return str(veil)
