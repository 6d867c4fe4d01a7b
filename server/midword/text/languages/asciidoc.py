"""AsciiDoc: paragraphs, titles, items, cells, admonitions and the text of macros."""

from __future__ import annotations

import re
from functools import lru_cache

from midword.text.languages import reader
from midword.text.languages.plain import hide_addresses
from midword.text.languages.reader import BREAK, HALF_CODE, Block, Inline, LanguageReader, Line

_BLANK = Block("blank")  # between blocks: a literal paragraph may begin here
_TEXT = Block("text")
_TERM = Block("term")  # its text follows, on lines that may be indented, also below blank ones
_PROSE = ("blank", "text", "title", "term", "table")

_FENCE = re.compile(r"(-{4,}|\.{4,}|\+{4,}|/{4,}|`{3,})(\w*)\s*$")
_CODE_STYLE = re.compile(
    r"\[(?:source|listing|literal|stem|latexmath|asciimath|mermaid|plantuml|graphviz|ditaa|,)"
)
# The second line of a title, as long as the first one give or take a sign (AsciiDoc's older form).
_UNDERLINE = re.compile(r"(?:={2,}|-{2,}|~{2,}|\^{2,}|\+{2,})\s*$")
_TITLE = re.compile(r"\.[^\s.]")  # of the block that follows
_TERM_LINE = re.compile(r".*\S(?::{2,4}|;;)(?:\s|$)")
_AROUND = re.compile(r"(?:={4,}|\*{4,}|_{4,}|--|\+)\s*$")  # blocks may begin behind it, or go on
_TABLE = re.compile(r"[|,:!]={3,}\s*$")
_NO_PROSE = re.compile(
    r""":!?[\w-]+!?:(?:\s|$)|\[.*\]\s*$|//(?!/)|\w[\w-]*::\S*\[.*\]\s*$|(?:include|image|video)::
    |'{3,}\s*$|<<<\s*$""",
    re.VERBOSE,
)
_HEADING = re.compile(r"={1,6}[ \t]+|\#{1,6}[ \t]+")
_LEAD = re.compile(
    r"\s*(?:-|\*{1,6}|\.{1,6}|(?:\d+|[a-zA-Z])\.|[ivxIVX]+\)|<\d*\.?>)[ \t]+(?:\[[ x*]\] )?"
    r"|\.(?=[^\s.])|(?:NOTE|TIP|IMPORTANT|WARNING|CAUTION): "
)
_CELL = re.compile(r"(?:\d*(?:\.\d+)?[+*])?[<^>.]*[adehlmsv]?\|")

_ACTIONS = {
    "code": reader.quote,
    "escape": reader.escape,
    "lead": reader.lead,
    "sign": reader.sign,
    "quote": reader.sign,
}
_INLINE = Inline(
    r"""[\\`+"'(\[<{>\])*\#_:]""",
    rf"""(?P<escape>\\(?=[*_`\#^~{{<\[]).)
    |(?P<code>``.+?``|(?<![\w`"'])`[^`\n]+`(?!\w)|\+\+\+?.+?\+\+\+?|(?<!\w)\+[^\s+][^+\n]*\+(?!\w))
    |(?P<quote>["']`|`["'])
    |(?P<halfcode>{HALF_CODE})
    |(?P<anchor>\(\(\(.+?\)\)\)|\[\[[^\]\n]*\]\]|<<[^<>,\n]*(?:>>|$))
    |(?P<lead><<[^<>,\n]*,|\[[.\#%][^\]\n]*\](?=[\#*_`]))
    |(?P<attribute>\{{[\w:-]+\}})
    |(?P<sign>>>|\](?=[\s.,;:!?)]|$)|\(\(|\)\)|[*\#]+(?=\S)|(?<=\S)[*\#]+|(?<!\w)_+|_+(?!\w)
        |::+(?=\s|$)|(?<=[ ])\+(?=[ ]*$))
    """,
    _ACTIONS,
)

_MACROS = Inline(
    r"\b[a-z][a-z0-9+.-]*:",
    r"""(?P<macro>(?:pass|stem|latexmath|asciimath|image|icon|kbd|btn|menu|indexterm2?|anchor
            |footnoteref):[^\s\[]*\[[^\]\n]*\]?)
    |(?P<lead>(?:link|mailto|xref|footnote):[^\s\[]*\[|[a-z][a-z0-9+.-]+://[^\s\[\]]*\[)""",
    _ACTIONS,
)


class AsciidocReader(LanguageReader[Block]):
    """Reads AsciiDoc."""

    start = _BLANK

    def advance(self, line: str, state: Block) -> Block:
        """Follow delimited blocks, styled paragraphs, tables and literal paragraphs."""
        kind, closer, _ = state
        text = line.strip()
        if kind == "fence":
            return _BLANK if text == closer else state
        if kind in ("code", "literal"):
            fence = _FENCE.match(line)
            if fence and kind == "code":
                return Block("fence", fence[1])
            is_over = not text or (kind == "literal" and text[0] in "[.") or _AROUND.match(line)
            return _BLANK if is_over else state
        if not text:
            return state if kind in ("table", "term") else _BLANK
        first = text[0]
        if first.isalpha() and (kind == "text" or (line[0] == first and kind != "table")):
            return _TEXT if state is _TEXT and text[-1] not in ":;" else _behind(text, kind)
        if text[1:2] == first:
            if kind == "title" and _underlines(line, state):
                return _BLANK
            if fence := _FENCE.match(line):
                return Block("fence", fence[1])
            if kind != "table" and _AROUND.match(line):
                return _BLANK
        if first in "|,:!" and _TABLE.match(line):
            return _BLANK if kind == "table" else Block("table")
        if kind == "table":
            return state
        if text == "+":
            return _BLANK
        if first == "[":
            if _CODE_STYLE.match(text):
                return Block("code")
            if text[-1] == "]":
                return _BLANK
        if kind == "blank":
            if first in ".=#" and (_TITLE.match(line) or _HEADING.match(line)):
                return _BLANK
            if line[0] in " \t":
                is_term = ("::" in text or ";;" in text) and _TERM_LINE.match(text)
                if not is_term and not _LEAD.match(line):
                    return Block("literal")
        return _behind(text, kind)

    def veil(self, line: str, state: Block) -> Line:
        """Hide blocks that are not prose and the signs that begin a line."""
        after = self.advance(line, state)
        if state.kind not in _PROSE or after.kind not in _PROSE or _TABLE.match(line):
            return reader.hidden(line)
        if not line.strip():
            return reader.blank(line)
        if (
            _NO_PROSE.match(line)
            or _AROUND.match(line)
            or (state.kind == "title" and _underlines(line, state))
        ):
            return reader.hidden(line)
        veil = reader.Veil(line)
        if state.kind == "table":
            for cell in _CELL.finditer(line):
                veil.hide(*cell.span())
                veil.put(cell.end() - 1, BREAK)
            return Line(str(veil), opens=True)
        if heading := _HEADING.match(line):
            veil.lead(*heading.span())
            return Line(str(veil), opens=True, closes=True)
        lead = _LEAD.match(line)
        if lead:
            veil.lead(*lead.span())
        opens = bool(lead) or state.kind == "term"
        return Line(str(veil), opens=opens, closes=line.startswith("."))

    def inline(self, text: str) -> str:
        """Hide code, macros and targets; take out the signs of emphasis."""
        if ":" in text and "[" in text:
            text = _MACROS.veil(text)
        return hide_addresses(_INLINE.veil(text))


def _behind(text: str, kind: str) -> Block:
    """Return the state behind a line of text that begins in a state of some kind."""
    if text[-1] in ":;" and _TERM_LINE.match(text):
        return _TERM
    return _title(len(text)) if kind == "blank" else _TEXT


@lru_cache(maxsize=256)
def _title(length: int) -> Block:
    """Return the state behind a line that is a title if the next one underlines it."""
    return Block("title", "", length)


def _underlines(line: str, state: Block) -> bool:
    """Whether a line makes a title of the one before it."""
    return bool(_UNDERLINE.match(line)) and abs(len(line.rstrip()) - state.indent) < 2
