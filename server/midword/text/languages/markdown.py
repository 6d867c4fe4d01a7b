"""Markdown in the dialects people write: CommonMark, GitHub, MDX, R Markdown, Quarto, MyST."""

from __future__ import annotations

import re

from midword.text.languages import reader
from midword.text.languages.plain import hide_addresses
from midword.text.languages.reader import (
    BREAK,
    HALF_CODE,
    HALF_MATHS,
    Block,
    Inline,
    Line,
    Reader,
    Veil,
    blank,
    hidden,
    indent_of,
)

_START = Block("start")
_BLANK = Block("blank")  # between blocks: indented code may begin here
_TEXT = Block("text")
_PROSE = ("text", "blank", "start")

_QUOTE = re.compile(r"(?:[ ]{0,3}>[ ]?)+")
_FENCE = re.compile(r"\s*(`{3,}(?=[^`]*$)|~{3,})")
_ITEM = re.compile(r"\s*(?:[-*+]|\d{1,9}[.)])(?:([ \t]+)(?=\S)|[ \t]*$)")
_HTML = re.compile(r"\s*<(script|style|pre|textarea|svg|math)\b(?!.*</\1)", re.IGNORECASE)
_YAML = re.compile(r"\s|#|-|[\w\"'][^:]*:(?:\s|$)|[\]}]|[\w-]*$")
_TOML = re.compile(r"\s|#|\[|[\w\"'.-]+\s*=|[\]}\"']|$")
_SCRIPT = re.compile(r"import\s+(?:.+\s+from\s+)?['\"{]|export\s+(?:const|let|default|function)\b")

_LEAD = re.compile(
    r"""(?:[ \t]*(?:>|(?:[-*+]|\d{1,9}[.)])(?=[ \t]|$))[ \t]?)*   # quotes and list items
        [ \t]*(?:\[[ xX]\](?=\s|$)[ \t]?)?                        # a task's box
        [ \t]*(?:\#{1,6}(?=\s|$)|\[\^[^\]]+\]:|:(?=[ \t]))?       # a heading, footnote, definition
        [ \t]*""",
    re.VERBOSE,
)
_BARE = tuple("#-+*.):]")
_HEADING = re.compile(r"[ \t>]*#{1,6}(?=\s|$)")
_CLOSING = re.compile(r"[ \t]#+[ \t]*$")
_OPENER = re.compile(r"[ \t>]*(?:(?:[-*+:]|\d{1,9}[.)])(?=\s)|\[\^[^\]]+\]:)")
_RULE = re.compile(
    r"""[ \t>]*(?:([-*_])(?:\1{2,}|(?:[ \t]+\1){2,})[ \t]*|=+[ \t]*|-{2,}[ \t]*
        |(?=.*-)[|:+=-][ \t|:+=-]*[|+-][ \t|:+=-]*)$""",
    re.VERBOSE,
)
_NO_PROSE = re.compile(
    r"[ ]{0,3}(?:\[(?!\^)[^\]]+\]:(?:\s|$)|:{3,})|\s*\#\||\s*>\s*\[![A-Za-z]+\]|\s*\{%.*%\}\s*$"
)

_ACTIONS = {
    "code": reader.quote,
    "escape": reader.escape,
    "quote": reader.sign,
    "sign": reader.sign,
    "tag": reader.lead,
}
_INLINE = Inline(
    r"[\\`$<\]\[!*_~=@{:&^%]",
    rf"""(?P<escape>\\[!-/:-@\[-`{{-~](?<!\\[(\[]))
    |(?P<quote>(?<![\w`])``(?=[^`\n]*(?<=[\w.,!?])\'\'(?![\w`])))
    |(?P<code>(?<!`)(?P<ticks>`+)(?!`).+?(?<!`)(?P=ticks)(?!`))
    |(?P<halfcode>{HALF_CODE})
    |(?P<maths>\$\$.+?\$\$|\$(?=[^\s$])[^$]*?(?<=[^\s\\])\$(?!\d)|\\\(.+?\\\)|\\\[.+?\\\])
    |(?P<halfmaths>(?!\$[^\w\\$]|\$\d){HALF_MATHS})
    |(?P<comment><!--.*?(?:-->|\Z)|%%[^%\n]+%%)
    |(?P<autolink><[a-zA-Z][\w+.-]{{1,30}}(?::[^<>\s]*|@[^<>\s]+)>?)
    |(?P<closingtag></[a-zA-Z][^<>\n]*>?)
    |(?P<tag><[a-zA-Z](?:[^<>{{}}\"']|\"[^\"]*\"|'[^']*'|\{{[^{{}}]*\}})*>)
    |(?P<halftag><[a-zA-Z][\w.:-]*(?:\s+[\w.:@-]+)*(?:\s+[\w.:@-]+=(?:"[^"\n]*"?|'[^'\n]*'?
        |\{{[^}}\n]*\}}?|(?=\s|$)))+(?:[ \t]+[\w.:@-]*$)?|<[a-zA-Z/!]\S*|<$)
    |(?P<target>\]\((?:[^()\n]|\([^()\n]*\))*\)?|\]\[[^\]\n]*\]|\[\[[^\]\n]*(?:\]\]|$))
    |(?P<note>\[\^[^\]\n]*\]|\[-?@[^\]\n]*\]|(?<!\w)@[\w:.-]+)
    |(?P<template>\{{\{{.{{,300}}?\}}\}}|\{{%.{{,300}}?%\}}|\{{[#.:][^}}\n]*\}}|(?<!\w):(?:[a-z0-9_+-]+:)+(?!\w))
    |(?P<entity>&(?:[a-zA-Z]+|\#\d+|\#x[0-9a-fA-F]+);|(?<!\w)&\#?\w+)
    |(?P<sign>\*+|(?<!\w)_+|_+(?!\w)|~~|==|\^(?=\[)|!\[|\[(?=[^\]\n]+\][(\[]))
    """,
    _ACTIONS,
)


class MarkdownReader(Reader[Block]):
    """Reads Markdown."""

    start = _START

    def advance(self, line: str, state: Block) -> Block:
        """Follow what hides lines: fences, indented code, maths, HTML, front matter."""
        kind, closer, indent = state
        if kind in _PROSE:
            first = line[:1]
            if kind == "text" and first.isalpha():
                return state
            if first == "\n" and not indent:
                return _BLANK
            return self._open(line, state)
        text = line.strip()
        if kind == "fence":
            if not indent and closer[0] != ">" and closer not in line:
                return state
            quoted = closer[0] == ">"
            if quoted and not _QUOTE.match(line):
                return self._open(line, _BLANK)
            if text and not quoted and indent_of(line) < indent:
                return self._open(line, Block("blank", "", indent_of(line)))
            mark, closer = text.lstrip("> \t"), closer.lstrip(">")
            ended = mark.startswith(closer) and not mark.strip(closer[0])
            return Block("blank", "", indent) if ended else state
        if kind == "indented":
            return self._open(line, Block("blank", "", indent)) if text else state
        if kind == "front matter":
            if text in (closer, "..."):
                return _BLANK
            expected = _YAML if closer == "---" else _TOML
            return state if expected.match(line) else self._open(line, _BLANK)
        if kind == "script":
            return state if text else _BLANK
        return _BLANK if closer in line.lower() else state

    def veil(self, line: str, state: Block) -> Line:
        """Hide blocks that are not prose and the signs that begin a line."""
        after = self.advance(line, state)
        if not line and state.kind == "indented":
            return blank(line)  # what is typed here isn't indented
        if state.kind not in _PROSE and not self._resumes(line, state, after):
            return hidden(line)
        if after.kind not in _PROSE:
            return hidden(line)
        body = line.strip(" \t>")
        if not body:
            return blank(line.replace(">", reader.SIGN))
        if _RULE.match(line) or _NO_PROSE.match(line):
            return hidden(line)
        match = _LEAD.match(line)
        assert match is not None
        veil = Veil(line)
        veil.lead(*match.span())
        if match[0][-1:] in _BARE:
            veil.hide(*match.span())  # a blank has to follow before there is prose
        if body[0] == "|":
            for bar in re.finditer(r"(?<!\\)\|", line):
                veil.put(bar.start(), BREAK)
            return Line(str(veil), opens=True, closes=True)
        heading = bool(_HEADING.match(line))
        if heading and (closing := _CLOSING.search(line, match.end())):
            veil.sign(*closing.span())
        return Line(str(veil), opens=heading or bool(_OPENER.match(line)), closes=heading)

    def inline(self, text: str) -> str:
        """Hide code, maths, targets and tags; take out the signs of emphasis."""
        return hide_addresses(_INLINE.veil(text))

    def _resumes(self, line: str, state: Block, after: Block) -> bool:
        """Whether a line ends a block that isn't prose without belonging to it."""
        if after.kind not in _PROSE or not line.strip():
            return False
        if state.kind == "fence":
            mark = line.strip("> \t")
            return bool(mark.strip(state.closer[-1]))
        if state.kind == "front matter":
            return line.strip() not in (state.closer, "...")
        return state.kind == "indented"

    def _open(self, line: str, state: Block) -> Block:
        """Return the state after a line that begins in prose."""
        kind, _, indent = state
        if line[:1].isalpha():
            is_script = kind != "text" and line[0] in "ei" and _SCRIPT.match(line)
            return Block("script") if is_script else _TEXT
        body = line
        quote = _QUOTE.match(line) if ">" in line else None
        if quote:
            body = line[quote.end() :]
        text = body.strip()
        if not text:
            return Block("blank", "", indent) if indent else _BLANK
        if kind == "start" and text in ("---", "+++"):
            return Block("front matter", text)
        width = indent_of(body) if body[0] in " \t" else 0
        if kind != "text":
            if width >= indent + 4:
                return Block("indented", "", indent)
            indent = min(indent, width)
        first = text[0]
        if first.isalpha():
            return Block("text", "", indent) if indent else _TEXT
        if item := _ITEM.match(body):
            indent = item.end() if len(item[1] or "") < 5 else item.start(1) + 1
            text = body[item.end() :].strip()
            first = text[:1]
        if first in "`~" and (fence := _FENCE.match(text)):
            return Block("fence", (">" if quote else "") + fence[1], indent)
        if first == "$" and text.startswith("$$") and text.count("$$") == 1:
            return Block("maths", "$$")
        if first == "<":
            if text.startswith("<!--") and "-->" not in text:
                return Block("comment", "-->")
            if html := _HTML.match(text):
                return Block("html", f"</{html[1].lower()}")
        if first == "#" and _HEADING.match(text):
            return Block("blank", "", indent) if indent else _BLANK
        return Block("text", "", indent) if indent else _TEXT
