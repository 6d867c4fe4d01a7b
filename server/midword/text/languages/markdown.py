"""Markdown in the dialects people write: CommonMark, GitHub, MDX, R Markdown, Quarto, MyST.

What the blocks of a document are is in `markdown_blocks.py`, what of a line is prose in
`markdown_lines.py`, and what stands in a paragraph in `markdown_inline.py`.
"""

from __future__ import annotations

from midword.text.languages import markdown_blocks, markdown_lines
from midword.text.languages.markdown_blocks import MarkdownState
from midword.text.languages.markdown_inline import INLINE
from midword.text.languages.plain import hide_addresses
from midword.text.languages.reader import LanguageReader


class MarkdownReader(LanguageReader[MarkdownState]):
    """Reads Markdown."""

    start = markdown_blocks.START
    advance = staticmethod(markdown_blocks.advance)
    veil = staticmethod(markdown_lines.veil)

    def inline(self, text: str) -> str:
        """Hide code, maths, targets and tags; take out the signs of emphasis."""
        return hide_addresses(INLINE.veil(text))
