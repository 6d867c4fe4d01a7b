"""Plain text: everything is prose but addresses; a blank line ends a paragraph."""

from __future__ import annotations

import re

from midword.text.languages.reader import LanguageReader, Line, Veil, blank

_ADDRESS = re.compile(
    r"""(?:\b[a-zA-Z][a-zA-Z0-9+.-]{1,20}://|\bwww\.|\bmailto:)
        (?:[^\s<>"\x00-\x02]*[^\s<>"\x00-\x02.,;:!?'’)\]])?
    |(?<![\w.+-])[\w.+-]++@(?:[\w-]+(?:\.[\w-]+)*)?""",
    re.VERBOSE,
)


class PlainReader(LanguageReader[None]):
    """Reads plain text."""

    start = None

    def advance(self, line: str, state: None) -> None:
        """Every line of a plain text begins alike."""

    def veil(self, line: str, state: None) -> Line:
        """Return the line as it is."""
        return blank(line) if not line or line.isspace() else Line(line)

    def inline(self, text: str) -> str:
        """Hide addresses."""
        return hide_addresses(text)


def hide_addresses(text: str) -> str:
    """Hide URLs and mail addresses, as one recognises them in running text."""
    if not ("@" in text or "://" in text or "www." in text or "mailto:" in text):
        return text
    veil = Veil(text)
    for match in _ADDRESS.finditer(text):
        veil.hide(*match.span())
    return str(veil)
