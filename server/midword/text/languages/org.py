"""Org: headlines, paragraphs, items, cells, quotes and the descriptions of links."""

from __future__ import annotations

import re

from midword.text.languages import reader
from midword.text.languages.latex import CODE
from midword.text.languages.plain import hide_addresses
from midword.text.languages.reader import BREAK, HALF_MATHS, LONGEST_CODE, Block, Inline, Line

_TEXT = Block("text")

# Blocks hold prose but these: Org's own (manual, "Blocks"), what others call code, and LaTeX's
# environments, as which a special block is exported.
_BEGIN = re.compile(
    rf"""\s*\#\+begin(?:_(?P<name>src|example|export|comment|ascii|beamer|html|latex|texinfo|odt|md
        |js|sh|lisp|elisp|jupyter-\w+|dot|ditaa|plantuml|mermaid|{CODE})(?![\w-])|:)""",
    re.IGNORECASE | re.VERBOSE,
)
# What is in a drawer is prose, too, but for those that Org itself keeps (manual, "Drawers").
_DRAWER = re.compile(r"\s*:(PROPERTIES|LOGBOOK|CLOCK):\s*$", re.IGNORECASE)
_PROPERTY = re.compile(r"\s*:(?!end:)[\w+-]+:(?:\s|$)", re.IGNORECASE)
_LONE_DRAWER = re.compile(r"\s*:[\w-]+:\s*$")
_MATHS = re.compile(r"\s*\\begin\{(\w+\*?)\}|\s*(\\\[|\$\$)")
_HEADLINE = re.compile(
    r"\*+ +(?:(?:TODO|DONE|NEXT|WAITING|WAIT|HOLD|CANCELL?ED|STARTED)(?= |$) *)?(?:\[#\w\] *)?"
)
_TAGS = re.compile(r"\s+:[\w@#%:]+:\s*$")
_KEYWORD = re.compile(
    r"\s*#\+(?:title|subtitle|caption|description|author)(?:\[[^\]]*\])?: *", re.I
)
_NO_PROSE = re.compile(
    r"\s*(?:#\+|#(?:\s|$)|:(?:\s|$)|\|[-+|]*$|-{5,}$|(?:SCHEDULED|DEADLINE|CLOSED|CLOCK):)"
)
_ITEM = re.compile(r"\s*(?:[-+]|(?<=\s)\*|\d+[.)])\s+(?:\[[ X-]\] )?|\[fn:[^\]]*\] ?")

_ACTIONS = {"code": reader.quote, "lead": reader.lead, "sign": reader.sign}
_INLINE = Inline(
    r"[\\\[\]=~$<@{*/+_]",
    rf"""(?P<lead>\[\[[^\[\]\n]*\]\[|\[fn:\w*:)
    |(?P<link>\[\[[^\[\]\n]*(?:\]\]|$)|\[fn:[^\]\n]*\]|\[cite[^\]\n]*\]?)
    |(?P<code>(?<![\w=~])(?P<mark>[=~])(?=\S)[^\n]*?\S?(?P=mark)(?!\w))
    |(?P<halfcode>(?<![\w=~])[=~](?:$|(?=[^\W\d])(?:(?![.,;:!?][ ])[^\n]){{1,{LONGEST_CODE}}}\w*))
    |(?P<maths>\$\$.+?\$\$|(?<![\w$])\$(?=[^\s$])[^$]*?(?<=[^\s$])\$(?!\w)|\\\(.+?\\\)|\\\[.+?\\\])
    |(?P<halfmaths>(?!\$[^\w\\$]|\$\d){HALF_MATHS})
    |(?P<time>[<\[]\d{{4}}-\d\d-\d\d[^>\]\n]*[>\]]|\[\d*[%/]\d*\])
    |(?P<snippet>@@[^@\n]*@@|\{{\{{\{{.{{,300}}?\}}\}}\}}|(?:(?<=src)|(?<=call))_\w+(?:\[[^\]\n]*\])?[{{(][^}})\n]*[}})]
        |\\[a-zA-Z]+(?:\{{[^{{}}\n]*\}})*|<<<?[^<>\n]*>?>>)
    |(?P<sign>\]\]|(?<![\w/*+])[*/+_](?=\S)|(?<=[^\s/*+])[*/+_](?=[\s.,;:!?'")}}\]-]|$))
    """,
    _ACTIONS,
)


class OrgReader(reader.LanguageReader[Block]):
    """Reads Org."""

    start = _TEXT

    def advance(self, line: str, state: Block) -> Block:
        """Follow blocks of code, drawers and LaTeX environments."""
        if state.kind != "text":
            if not _ends(line, state):
                return _TEXT if _closes(line, state) else state
            state = _TEXT
        first = line.lstrip()[:1]
        if first == "#" and (block := _BEGIN.match(line)):
            return Block("block", f"#+end_{block['name'].lower()}" if block["name"] else "#+end:")
        if first == ":" and (drawer := _DRAWER.match(line)):
            return Block(drawer[1].lower(), ":end:")
        if first in "\\$" and (maths := _MATHS.match(line)):
            opener = maths[2]
            closer = {"\\[": "\\]", "$$": "$$"}.get(opener, f"\\end{{{(maths[1] or '').lower()}}}")
            return state if closer in line.lower()[maths.end() :] else Block("maths", closer)
        return state

    def veil(self, line: str, state: Block) -> Line:
        """Hide blocks, keywords and the signs that begin a line."""
        if state.kind != "text":
            if not _ends(line, state):
                return reader.hidden(line)
            state = _TEXT
        if self.advance(line, state) != state or _LONE_DRAWER.match(line):
            return reader.hidden(line)
        if not line or line.isspace():
            return reader.blank(line)
        veil = reader.Veil(line)
        if headline := _HEADLINE.match(line):
            veil.lead(*headline.span())
            if tags := _TAGS.search(line, headline.end()):
                veil.hide(*tags.span())
            return Line(str(veil), opens=True, closes=True)
        if keyword := _KEYWORD.match(line):
            veil.lead(*keyword.span())
            return Line(str(veil), opens=True, closes=True)
        if _NO_PROSE.match(line):
            return reader.hidden(line)
        if line.lstrip().startswith("|"):
            return Line(line.replace("|", BREAK), opens=True, closes=True)
        item = _ITEM.match(line)
        if item:
            veil.lead(*item.span())
        return Line(str(veil), opens=bool(item))

    def inline(self, text: str) -> str:
        """Hide code, maths, link targets and timestamps; take out the signs of emphasis."""
        return hide_addresses(_INLINE.veil(text))


def _ends(line: str, state: Block) -> bool:
    """Whether a line is no part of what hides it: headlines end all, any text ends properties."""
    if line.startswith("*") and _HEADLINE.match(line):
        return True
    return state.kind == "properties" and not (_closes(line, state) or _PROPERTY.match(line))


def _closes(line: str, state: Block) -> bool:
    """Whether a line ends what hides it; ",#+end_src" is a line of an example."""
    text = line.lower()
    return state.closer in text if state.kind == "maths" else text.lstrip().startswith(state.closer)
