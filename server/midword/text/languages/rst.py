"""reStructuredText: paragraphs, titles, items, fields, and the text of admonitions."""

from __future__ import annotations

import re

from midword.text.languages import reader
from midword.text.languages.directives import VERSION, VERSIONED, holds_code, is_titled
from midword.text.languages.plain import hide_addresses
from midword.text.languages.reader import BREAK, HALF_CODE, Block, Inline, LanguageReader, Line

_TEXT = Block("text")
_OPTIONS = Block("options")  # behind a directive's line: its options, or its text at once
_ARGUMENT = Block("argument")  # the directive's argument and options go on, to a blank line

_EXPLICIT = re.compile(r"\s*\.\.(?=\s|$)[ \t]*")
_DIRECTIVE = re.compile(
    r"(?:\|[^|\n]+\|[ \t]+)?(?P<name>[\w.+-]+(?::[\w.+-]+)*)[ ]?::(?=\s|$)[ \t]*"
)
_FOOTNOTE = re.compile(r"\[[\w#*.-]+\][ \t]*")
_OPTION = re.compile(r"\s*:[\w -]+:(?:\s|$)")
_FIELD = re.compile(r"\s*:(?![:\s])(?:\\.|[^:`\n])+:(?=\s|$)[ \t]*")
_RULE = re.compile(r"\s*(?:([!-/:-@\[-`{-~])\1+\s*|[=-]{2,}(?:[ ]+[=-]+)+\s*|\+[-=+]+\+\s*)$")
_ITEM = re.compile(r"\s*(?:[-*+•]|\(?(?:\d+|\#|[a-zA-Z])[.)])[ \t]+|\s*\|(?=[ ])[ ]*")


def _show(group: str) -> reader.Action:
    """Return an action that shows only a group of the match."""

    def action(veil: reader.Veil, match: re.Match[str]) -> None:
        start, end = match.span(group)
        veil.lead(match.start(), start)
        veil.hide(end, match.end())

    return action


_ACTIONS = {
    "code": reader.quote,
    "interpreted": reader.quote,
    "role": reader.quote,
    "escape": reader.escape,
    "sign": reader.sign,
    "titled": _show("title"),
    "reference": _show("name"),
}
_INLINE = Inline(
    r"[\\`:\[|*_]",
    rf"""(?P<escape>\\.)
    |(?P<code>``.+?``)
    |(?P<titled>(?:(?<!\w):[\w:.+-]+:)?`(?P<title>[^`<]*[^`<\s])\s*<[^`>]*>`_{{0,2}})
    |(?P<role>(?<!\w):[\w:.+-]+:`[~!]?(?P<inner>[^`]*)`)
    |(?P<halfrole>(?<!\w):[\w:.+-]+:(?:`[^`]*)?$|`[^`\n]+`:[\w:.+-]+:)
    |(?P<reference>`(?P<name>[^`\n]+)`__?)
    |(?P<interpreted>(?<!\w)`[^`\n]+`)
    |(?P<halfcode>{HALF_CODE})
    |(?P<note>\[[\w\#*.:-]+\]_|(?<!\w)\|[^\s|](?:[^|\n]*[^\s|])?\|_{{0,2}})
    |(?P<sign>\*{{1,2}}(?=\S)|(?<=\S)\*{{1,2}}|(?<=\w)_{{1,2}}(?!\w)|:(?=:[ ]*$))
    """,
    _ACTIONS,
)


class RstReader(LanguageReader[Block]):
    """Reads reStructuredText."""

    start = _TEXT

    def advance(self, line: str, state: Block) -> Block:
        """Follow directives, comments, literal blocks and doctests."""
        kind, _, indent = state
        if kind == "text":
            return self._open(line)
        text = line.strip()
        if kind == "doctest":
            return state if text else _TEXT
        if kind == "argument":
            return state if text else _TEXT
        if kind == "options":
            return _ARGUMENT if _OPTION.match(line) else self._open(line)
        return state if not text or reader.indent_of(line) > indent else self._open(line)

    def veil(self, line: str, state: Block) -> Line:
        """Hide what is not prose and the signs that begin a line."""
        text = line.strip()
        if not line and state.kind != "doctest":
            return reader.blank(
                line
            )  # what is typed here isn't indented, so it belongs to no block
        inside = state.kind == "hidden" and (not text or reader.indent_of(line) > state.indent)
        if inside or state.kind == "doctest" or (state.kind == "options" and _OPTION.match(line)):
            return reader.hidden(line)
        if not text:
            return reader.blank(line)
        if state is _ARGUMENT:
            return reader.hidden(line)
        veil = reader.Veil(line)
        if explicit := _EXPLICIT.match(line):
            end = self._lead(line, explicit.end())
            if end < 0:
                return reader.hidden(line)
            veil.lead(0, end)
            return Line(str(veil), opens=True)
        if text.startswith(">>>") or (_RULE.match(line) and len(text) > 1):
            return reader.hidden(line)
        if text[0] == "|" and text.endswith("|") and len(text) > 1:
            return Line(line.replace("|", BREAK), opens=True, closes=True)
        lead = _FIELD.match(line) or _ITEM.match(line)
        if lead:
            veil.lead(*lead.span())
        else:
            veil.lead(0, len(line) - len(line.lstrip()))
        return Line(str(veil), opens=bool(lead))

    def inline(self, text: str) -> str:
        """Hide literals, roles and targets; take out the signs of emphasis."""
        return hide_addresses(_INLINE.veil(text))

    def _open(self, line: str) -> Block:
        """Return the state after a line that begins in prose."""
        text = line.strip()
        if text.startswith(".."):
            explicit = _EXPLICIT.match(line)
            if explicit:
                if directive := _DIRECTIVE.match(line, explicit.end()):
                    return self._directive(line, directive)
                if not _FOOTNOTE.match(line, explicit.end()):
                    return Block("hidden", "", reader.indent_of(line))
        if text.startswith(">>>"):
            return Block("doctest")
        if not text.endswith("::"):
            return _TEXT
        item = _ITEM.match(line)  # a literal block is deeper than the text that announces it
        return Block("hidden", "", item.end() if item else reader.indent_of(line))

    def _directive(self, line: str, directive: re.Match[str]) -> Block:
        """Return the state after the line of a directive."""
        name = directive["name"]
        if holds_code(name):
            return Block("hidden", "", reader.indent_of(line))
        has_argument = bool(line[directive.end() :].strip())
        if not has_argument or is_titled(name) or VERSIONED.fullmatch(name):
            return _OPTIONS
        return _ARGUMENT

    def _lead(self, line: str, position: int) -> int:
        """Return where the prose of explicit markup begins, or -1 if there is none."""
        if footnote := _FOOTNOTE.match(line, position):
            return footnote.end()
        directive = _DIRECTIVE.match(line, position)
        if directive and is_titled(directive["name"]):
            return directive.end()
        if directive and VERSIONED.fullmatch(directive["name"]):
            version = VERSION.match(line, directive.end())
            return version.end() if version else -1
        return -1
