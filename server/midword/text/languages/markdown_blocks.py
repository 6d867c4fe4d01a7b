"""Which block of a Markdown document a line begins in: the state that passes from line to line.

Fences and indents are CommonMark's (0.31, 4.4, 4.5 and 5.2); the text of footnotes (pandoc),
definitions (PHP Markdown Extra) and admonitions and tabs (Material for MkDocs) is four deeper.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from midword.text.languages.directives import holds_code, is_engine
from midword.text.languages.front_matter import front_matter, is_end, may_hold
from midword.text.languages.latex import CODE
from midword.text.languages.reader import Block, indent_of, left_open
from midword.text.languages.rst import RstReader

DEEPEST = 16
"""Directives within directives; what is deeper is read as code, so that a state stays small."""

RST = RstReader()

_QUOTE = re.compile(r"(?:[ ]{0,3}>[ ]?)+")
_FENCE = re.compile(r"\s*(`{3,}(?=[^`]*$)|~{3,}|:{3,})")
_NAME = re.compile(r"\{([a-zA-Z][\w:.+-]*)\}")
OPTION = re.compile(r"\s*:[\w-]+:(?:\s|$)")
ADMONITION = re.compile(
    r"""[ \t>]*(?:(?:!!!|\?{3}\+?)(?:[ \t]+[\w.-]+)+|={3}[+!]*(?=[ \t]+"))
        (?:[ \t]+"(?P<title>[^"]*)"?)?\s*$""",
    re.VERBOSE,
)
_NOTE = re.compile(r"\[\^[^\]]+\]:")
_MATHS = re.compile(rf"\\begin\{{((?:{CODE})\*?)\}}(?!.*\\end)", re.VERBOSE)
_ITEM = re.compile(r"\s*(?:[-*+]|\d{1,9}[.)])(?:([ \t]+)(?=\S)|[ \t]*$)")
_HTML = re.compile(r"<(script|style|pre|textarea|svg|math)\b", re.IGNORECASE)
_LIQUID = re.compile(r"\{%-?\s*(highlight|codeblock|mermaid|comment)\b(?!.*\{%-?\s*end)")
_SCRIPT = re.compile(r"import\s+(?:.+\s+from\s+)?['\"{]|export\s+(?:const|let|default|function)\b")
HEADING = re.compile(r"[ \t>]*#{1,6}(?=\s|$)")


class MarkdownState(NamedTuple):
    """What a line of Markdown begins in."""

    kind: str
    closer: str = ""
    """The sign that ends it, if one does."""
    indent: int = 0
    """The columns by which the text of the item, footnote or admonition is indented."""
    around: tuple[tuple[str, int], ...] = ()
    """The fences of the directives that are open, outermost first, and their text's columns."""
    depth: int = 0
    """How many brackets are open in a script."""
    rst: Block | None = None
    """In reStructuredText (MyST's {eval-rst}): what a line of that begins in."""


START = MarkdownState("start")
_BLANK = MarkdownState("blank")  # between blocks: indented code may begin here
_TEXT = MarkdownState("text")
PROSE = ("text", "blank", "start", "options")
_ITEMS = frozenset("-*+0123456789")
_SPECIAL = frozenset("$\\<{#!?=[:")


def advance(line: str, state: MarkdownState) -> MarkdownState:
    """Follow what hides lines: fences, indented code, maths, HTML, front matter."""
    kind = state[0]
    if kind in PROSE:
        first = line[:1]
        if kind == "text" and first.isalpha():
            return state
        if first == "\n" and (state is _TEXT or state is _BLANK):
            return _BLANK
        return _open(line, state)
    _, closer, indent, around, _, rst = state
    text = line.strip()
    if kind == "fence":
        if not indent and closer[0] != ">" and closer not in line:
            return state
        return _fence(line, text, state)
    if kind == "indented":
        return _open(line, _prose("blank", indent, around)) if text else state
    if kind == "front matter":
        if is_end(closer, line):
            return _prose("blank", indent, around)
        return state if may_hold(closer, line) else _open(line, _prose("blank", indent, around))
    if rst is not None:
        ended = text.startswith(closer) and not text.strip(closer[0])
        after = RST.advance(line, rst)
        return _prose("blank", indent, around) if ended else state._replace(rst=after)
    if kind == "script":
        depth = state.depth + _depth(line)
        return state._replace(depth=depth) if text or depth > 0 else _BLANK
    if kind == "expression":
        depth = state.depth + _depth(line)
        ended = not text or depth <= 0
        return _prose("blank", indent, around) if ended else state._replace(depth=depth)
    return _prose("blank", indent, around) if closer in line.lower() else state


def _fence(line: str, text: str, state: MarkdownState) -> MarkdownState:
    """Return the state after a line that begins inside a fence."""
    closer, indent, around = state.closer, state.indent, state.around
    body = line
    if closer[0] == ">":
        quote = _QUOTE.match(line)
        if not quote:
            return _open(line, _BLANK)
        body, closer = line[quote.end() :], closer[1:]
    width = indent_of(body)
    if text and body is line and width < indent:
        return _open(line, _prose("blank", width, around))
    mark = body.strip()
    if around and (left := _leaves(mark, width, around)):
        return left
    if mark.startswith(closer) and not mark.strip(closer[0]) and width < indent + 4:
        return _prose("blank", indent, around)
    return state


def _open(line: str, state: MarkdownState) -> MarkdownState:
    """Return the state after a line that begins in prose."""
    kind, indent, around = state.kind, state.indent, state.around
    if around and kind != "text":
        around = tuple(place for place in around if place[1] <= indent_of(line))
    if line[:1].isalpha():
        if kind != "text" and line[0] in "ei" and _SCRIPT.match(line):
            return MarkdownState("script", depth=_depth(line))
        return _prose("text", 0, around) if around else _TEXT
    body = line
    quote = _QUOTE.match(line) if ">" in line else None
    if quote:
        body = line[quote.end() :]
    text = body.strip()
    if not text:
        around = state.around
        return state if kind == "options" else _prose("blank", indent, around)
    if kind == "start" and (opener := front_matter(line)):
        return MarkdownState("front matter", opener)
    if kind == "options" and OPTION.match(line):
        return state
    if kind == "options" and text == "---":
        return MarkdownState("front matter", "---", indent, around)
    width = indent_of(body) if body[0] in " \t" else 0
    if kind != "text":
        if width >= indent + 4:
            return MarkdownState("indented", "", indent, around)
        indent = min(indent, width)
    first = text[0]
    if first.isalpha():
        return _prose("text", indent, around)
    if first in _ITEMS and text.strip("-* \t"):
        column = 0
        while text and text[0] in _ITEMS and (item := _ITEM.match(body, column)):
            blanks = len(item[1] or "")
            column = item.end() if blanks < 5 else item.start(1) + 1
            text, indent, width = body[column:].strip(), column, column
        first = text[:1]
    if first and first in "`~:" and (fence := _FENCE.match(text)):
        info = text[fence.end() :].strip()
        if not info and around and (left := _leaves(text, width, around)):
            return left
        indent = min(indent, width)
        directive = _NAME.match(info)
        if directive and directive[1] == "eval-rst" and not quote:
            return MarkdownState("rst", fence[1], indent, around, rst=RST.start)
        holds_prose = directive and not (
            holds_code(directive[1]) or (first != ":" and is_engine(directive[1]))
        )
        if first == ":" and (holds_prose or not directive):
            return _prose("blank", indent, around)
        if holds_prose and not quote and len(around) < DEEPEST:
            return MarkdownState("options", "", indent, (*around, (fence[1], indent)))
        return MarkdownState("fence", (">" if quote else "") + fence[1], indent, around)
    if first in _SPECIAL and (first != "[" or text[1:2] == "^"):
        special = _special(text, kind, indent, around, width)
        if special is not None:
            return special
    return _prose("text", indent, around) if indent or around else _TEXT


def _special(
    text: str, kind: str, indent: int, around: tuple[tuple[str, int], ...], width: int
) -> MarkdownState | None:
    """Return the state after a line that begins with a sign of some block, if it does."""
    first = text[0]
    if first == "$" and text.startswith("$$") and text.count("$$") == 1:
        return MarkdownState("maths", "$$", indent, around)
    if first == "\\" and (maths := _MATHS.match(text)):
        return MarkdownState("maths", f"\\end{{{maths[1].lower()}}}", indent, around)
    if first == "<":
        if text.startswith("<!--") and "-->" not in text:
            return MarkdownState("comment", "-->", indent, around)
        if closer := left_open(_HTML, text):
            return MarkdownState("html", closer, indent, around)
    if first == "{" and (block := _LIQUID.match(text)):
        return MarkdownState("html", f"end{block[1].lower()}", indent, around)
    if first == "{" and kind != "text" and (text[-1] in "{([,>" or text.startswith("{/*")):
        depth = _depth(text)
        if depth > 0:
            return MarkdownState("expression", "", indent, around, depth)
    if first == "#" and HEADING.match(text):
        return _prose("blank", indent, around)
    if first in "!?=" and ADMONITION.match(text):
        return _prose("blank", width + 4, around)
    if (first == "[" and _NOTE.match(text)) or (first == ":" and text[1:2] in (" ", "\t")):
        return _prose("text", width + 4, around)
    return None


@lru_cache(maxsize=1024)
def _prose(kind: str, indent: int, around: tuple[tuple[str, int], ...]) -> MarkdownState:
    """Return a state in which prose may stand."""
    if indent or around:
        return MarkdownState(kind, "", indent, around)
    return _TEXT if kind == "text" else _BLANK


def _leaves(mark: str, width: int, around: tuple[tuple[str, int], ...]) -> MarkdownState | None:
    """Return the state behind a fence that closes a directive, None if it closes none."""
    for number, (closer, indent) in enumerate(around):
        if mark.startswith(closer) and not mark.strip(closer[0]) and width < indent + 4:
            return _prose("blank", indent, around[:number])
    return None


def _depth(line: str) -> int:
    """Return how many brackets more a line opens than it closes."""
    return sum(map(line.count, "([{")) - sum(map(line.count, ")]}"))
