"""Markdown in the dialects people write: CommonMark, GitHub, MDX, R Markdown, Quarto, MyST."""

from __future__ import annotations

import re
from typing import NamedTuple

from midword.text.languages.plain import ADDRESS
from midword.text.languages.reader import HIDDEN, SIGN, Line, Reader, Veil, hidden


class Block(NamedTuple):
    """What a line begins in."""

    kind: str = "text"
    closer: str = ""
    """The sign that ends a fence, maths or front matter."""


_FENCE = re.compile(r"[ \t>]*(?:[-*+]\s+|\d+[.)]\s+)?(`{3,}(?=[^`]*$)|~{3,})")
_LEAD = re.compile(
    r"""(?:[ \t]*(?:>|[-*+](?=\s)|\d{1,9}[.)](?=\s))[ \t]?)*   # quotes and list items
        [ \t]*(?:\[[ xX]\][ \t])?                              # a task's box
        (?:\#{1,6}(?=\s)[ \t]*)?                               # a heading
        [ \t]*""",
    re.VERBOSE,
)
_ITEM = re.compile(r"[ \t>]*(?:[-*+]|\d{1,9}[.)])(?=\s)")
_HEADING = re.compile(r"[ \t>]*#{1,6}(?=\s|$)")
_RULE = re.compile(r"[ \t>]*(?:[-=*_~:|+][ \t]*){3,}$|[ \t]*=+[ \t]*$")
_DEFINITION = re.compile(r"[ ]{0,3}\[(?!\^)[^\]]+\]:\s")

_INLINE = re.compile(
    r"""(?P<escape>\\[!-/:-@\[-`{-~])
    |(?P<code>(?<!`)(?P<ticks>`+)(?!`).+?(?<!`)(?P=ticks)(?!`))
    |(?P<halfcode>(?<![\w`])`+[^\n]*)
    |(?P<maths>\$\$.+?\$\$|\$(?=[^\s$])[^$]*?(?<=[^\s\\])\$(?!\d)|\\\(.+?\\\)|\\\[.+?\\\])
    |(?P<halfmaths>\$(?=[^\W\d]|\\|\$)[^\n]*)
    |(?P<comment><!--.*?(?:-->|$))
    |(?P<autolink><[a-zA-Z][\w+.-]{1,30}:[^<>\s]*>?)
    |(?P<tag></?[a-zA-Z][^<>]*(?:>|$))
    |(?P<target>\]\([^()\n]*(?:\([^()\n]*\)[^()\n]*)*(?:\)|$)|\]\[[^\]\n]*\])
    |(?P<note>\[\^[^\]\n]*\]:?|\[?-?@[\w:.-]+\]?)
    |(?P<image>!\[|\[(?=[^\]\n]+\][(\[]))
    |(?P<emphasis>(?<![\w*])[*]+|[*]+(?![\s*])|(?<!\s)[*]+|(?<!\w)_+(?=\S)|(?<=\S)_+(?!\w)|~~|==)
    """,
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)
_VEILED_AS_SIGN = {"image", "emphasis"}


class MarkdownReader(Reader[Block]):
    """Reads Markdown."""

    start = Block("start")

    def advance(self, line: str, state: Block) -> Block:
        """Follow fences, display maths and front matter."""
        kind, closer = state
        stripped = line.strip()
        if kind == "start" and stripped in ("---", "+++"):
            return Block("front matter", stripped)
        if kind == "front matter":
            return Block() if stripped in (closer, "...") else state
        if kind == "fence":
            mark = stripped.lstrip("> \t")
            ends = mark.startswith(closer) and not mark.strip(closer[0])
            return Block() if ends else state
        if kind == "maths":
            return Block() if stripped.endswith("$$") else state
        if fence := _FENCE.match(line):
            return Block("fence", fence[1])
        if stripped.startswith("$$") and stripped.count("$$") == 1:
            return Block("maths", "$$")
        return Block()

    def veil(self, line: str, state: Block) -> Line:
        """Hide blocks that are not prose and the signs that begin a line."""
        if state.kind not in ("start", "text") or self.advance(line, state) != Block():
            return hidden(line)
        if not line.strip(" \t>"):
            return Line(line.replace(">", SIGN), opens=True, closes=True)
        if _RULE.match(line) or _DEFINITION.match(line):
            return hidden(line)
        heading = bool(_HEADING.match(line))
        lead = _LEAD.match(line)
        assert lead is not None
        veil = Veil(line)
        veil.sign(0, lead.end())
        if heading:
            body = line.rstrip().rstrip("#")
            veil.sign(len(body), len(line))
        return Line(str(veil), opens=heading or bool(_ITEM.match(line)), closes=heading)

    def inline(self, text: str) -> str:
        """Hide code, maths, targets and tags; take out the signs of emphasis."""
        veil = Veil(text)
        for match in _INLINE.finditer(text):
            start, end = match.span()
            kind = match.lastgroup
            if match["escape"]:
                veil.sign(start, start + 1)
            elif match["image"] or match["emphasis"]:
                veil.sign(start, end)
            elif match["tag"] and match[0].endswith(">"):
                veil.hide(start, end)
                veil.put(end - 1, HIDDEN if match[0].startswith("</") else SIGN)
            else:
                veil.hide(start, end)
        for match in ADDRESS.finditer(str(veil)):
            veil.hide(*match.span())
        return str(veil)
