"""What of a line of Markdown is prose, and where a block begins or ends with it."""

from __future__ import annotations

import re

from midword.text.languages import reader
from midword.text.languages.directives import is_titled
from midword.text.languages.front_matter import is_end
from midword.text.languages.markdown_blocks import (
    ADMONITION,
    HEADING,
    OPTION,
    PROSE,
    RST,
    MarkdownState,
    advance,
)
from midword.text.languages.reader import BREAK, Line, Veil, blank, hidden

_FENCE_LINE = re.compile(
    r"""[ \t>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*(?:
        (?:(?:`{3,}|~{3,}|:{3,})[ \t]*\{(?P<name>[a-zA-Z][\w:.+-]*)\}|:{3,}[ \t]*[\w-]+
            |/{3,}[ \t]*[\w-]+[ ]*\|)
        (?:[ \t]+|\[)(?P<title>[^\]`]*)\]?\s*$
        |(?:`{3,}(?=[^`]*$)|~{3,}|:{3,}|/{3,}(?=[ ]*[\w-]*[ ]*$)).*)""",
    re.VERBOSE,
)
_LEAD = re.compile(
    r"""(?:[ \t]*(?:>|(?:[-*+]|\d{1,9}[.)])(?=[ \t]|$))[ \t]?)*   # quotes and list items
        [ \t]*(?:\[[ xX]\](?=\s|$)[ \t]?|(?<=>[ ])\[![\w|-]+\][+-]?)?   # a task's box, a callout
        [ \t]*(?:\#{1,6}(?=\s|$)|\[\^[^\]]+\]:|:(?=[ \t]))?       # a heading, footnote, definition
        [ \t]*""",
    re.VERBOSE,
)
_BARE = tuple("#-+*.):]")
_CLOSING = re.compile(r"[ \t]#+[ \t]*$")
_OPENER = re.compile(r"[ \t>]*(?:(?:[-*+:]|\d{1,9}[.)])(?=\s)|\[\^[^\]]+\]:)")
_RULE = re.compile(
    r"""[ \t>]*(?:([-*_])(?:\1{2,}|(?:[ \t]+\1){2,})[ \t]*|=+[ \t]*|-{2,}[ \t]*
        |(?=.*-)[|:+=-][ \t|:+=-]*[|+-][ \t|:+=-]*)$""",
    re.VERBOSE,
)
_NO_PROSE = re.compile(r"[ ]{0,3}(?:\[(?!\^)[^\]]+\]:(?:\s|$))|\s*\#\||\s*\{%.*%\}\s*$")


def veil(line: str, state: MarkdownState) -> Line:
    """Hide blocks that are not prose and the signs that begin a line."""
    after = advance(line, state)
    if not line and state.kind == "indented":
        return blank(line)  # what is typed here isn't indented
    if state.rst is not None and after.rst is not None:
        veiled = RST.veil(line, state.rst)
        return veiled._replace(text=RST.inline(veiled.text))
    if state.kind not in PROSE and not _resumes(line, state, after):
        return hidden(line)
    if after.kind not in PROSE:
        return hidden(line)
    body = line.strip(" \t>")
    if not body:
        return blank(line.replace(">", reader.SIGN))
    if state.kind == "options" and OPTION.match(line):
        return hidden(line)
    may_be_titled = body[0] in "~!?=/" or "```" in body or ":::" in body
    if may_be_titled and (titled := _titled(line)):
        return titled
    if _RULE.match(line) or _NO_PROSE.match(line):
        return hidden(line)
    match = _LEAD.match(line)
    assert match is not None
    marked = Veil(line)
    marked.lead(*match.span())
    if match[0][-1:] in _BARE:
        marked.hide(*match.span())  # a blank has to follow before there is prose
    if body[0] == "|":
        for bar in re.finditer(r"(?<!\\)\|", line):
            marked.put(bar.start(), BREAK)
        return Line(str(marked), opens=True, closes=True)
    heading = bool(HEADING.match(line))
    if heading and (closing := _CLOSING.search(line, match.end())):
        marked.sign(*closing.span())
    closes = heading or body.startswith("[!")
    return Line(str(marked), opens=closes or bool(_OPENER.match(line)), closes=closes)


def _resumes(line: str, state: MarkdownState, after: MarkdownState) -> bool:
    """Whether a line ends a block that isn't prose without belonging to it."""
    if after.kind not in PROSE or not line.strip():
        return False
    if state.kind == "fence":
        mark = line.strip("> \t")
        return bool(mark.strip(state.closer[-1]))
    if state.kind == "front matter":
        return not is_end(state.closer, line)
    return state.kind == "indented"


def _titled(line: str) -> Line | None:
    """Return the line of a fence, directive or admonition: its title is prose, if it has one."""
    match = _FENCE_LINE.match(line) or ADMONITION.match(line)
    if match is None:
        return None
    start, end = match.span("title")
    name = match["name"] if "name" in match.re.groupindex else None
    if start < 0 or (name and not is_titled(name)):
        return hidden(line)
    veil = Veil(line)
    veil.lead(0, start)
    veil.hide(end, len(line))
    return Line(str(veil), opens=True, closes=True)
