"""HTML and its templates: the text between tags, without scripts, styles and code."""

from __future__ import annotations

import html
import re

from midword.text.languages.plain import hide_addresses
from midword.text.languages.reader import (
    BREAK,
    LONGEST_CODE,
    SIGN,
    Block,
    Line,
    Reader,
    Veil,
    blank,
    hidden,
)

_TEXT = Block("text")

_RAW = "script|style|pre|code|kbd|samp|var|textarea|svg|math|noscript|template"
_STOP = re.compile(rf"<!--|<(?P<raw>{_RAW})\b|<[a-zA-Z/!?]|\{{\{{|\{{%", re.IGNORECASE)
_TAG_END = re.compile(r"""(?:"[^"]*"|'[^']*'|[^>"'])*?>""")
_ENTITY = re.compile(r"&(?:[a-zA-Z]\w*|#\d+|#[xX][0-9a-fA-F]+);")
_HALF_ENTITY = re.compile(r"(?<!\w)&#?\w*")
_INLINE_TAG = re.compile(
    r"</?(?:a|abbr|b|bdi|bdo|cite|code|data|del|dfn|em|font|i|ins|kbd|label|mark|q|s|samp|small|span"
    r"|strong|sub|sup|time|tt|u|var|wbr|nobr)\b",
    re.IGNORECASE,
)

_INLINE_CODE = ("</code", "</kbd", "</samp", "</var")


class HtmlReader(Reader[Block]):
    """Reads HTML."""

    start = _TEXT

    def advance(self, line: str, state: Block) -> Block:
        """Follow tags, comments and elements whose text is not prose."""
        if state is _TEXT and "<" not in line and "{" not in line:
            return state
        return self._scan(line, state, None)

    def veil(self, line: str, state: Block) -> Line:
        """Hide tags and what they hide."""
        if not line or line.isspace():
            return blank(line) if state.kind == "text" else hidden(line)
        veil = Veil(line)
        self._scan(line, state, veil)
        if line.endswith("<"):
            veil.hide(len(line) - 1, len(line))  # a tag is being typed
        return Line(str(veil))

    def inline(self, text: str) -> str:
        """Turn entities into what they stand for."""
        if "&" in text:
            veil = Veil(text)
            for match in _HALF_ENTITY.finditer(text):
                veil.hide(*match.span())
            for match in _ENTITY.finditer(text):
                character = html.unescape(match[0])
                veil.sign(*match.span())
                veil.put(match.start(), character if len(character) == 1 else SIGN)
            text = str(veil)
        return hide_addresses(text)

    def _scan(self, line: str, state: Block, veil: Veil | None) -> Block:
        """Return the state after a line; veil what is not prose on the way."""
        position = 0
        while position < len(line):
            if state.kind == "text":
                match = _STOP.search(line, position)
                if match is None:
                    break
                start, position = match.span()
                state = _opened(match)
            else:
                start = position
            end = _end(line, position, state)
            if veil:
                veil.hide(start, len(line) if end < 0 else end)
                if (
                    state.closer in _INLINE_CODE
                    and 0 < end - start - len(state.closer) <= LONGEST_CODE
                ):
                    veil.quote(start, line[start : end - len(state.closer) - 1])
            if end < 0:
                return state
            if state.kind == "tag":
                if state.closer:
                    state = Block("raw", state.closer)
                    position = end
                    continue
                if veil:
                    _mark_tag_end(veil, line, start, end)
            state, position = _TEXT, end
        return state


def _opened(match: re.Match[str]) -> Block:
    """Return the state behind a sign that opens something."""
    sign = match[0]
    if sign == "<!--":
        return Block("until", "-->")
    if sign == "{{":
        return Block("until", "}}")
    if sign == "{%":
        return Block("until", "%}")
    return Block("tag", f"</{match['raw'].lower()}" if match["raw"] else "")


def _end(line: str, position: int, state: Block) -> int:
    """Return where what `state` is in ends on the line, or -1."""
    if state.kind == "tag":
        match = _TAG_END.match(line, position)
        return match.end() if match else -1
    place = line.lower().find(state.closer, position)
    if place < 0:
        return -1
    if state.kind == "raw":
        close = line.find(">", place)
        return close + 1 if close >= 0 else len(line)
    return place + len(state.closer)


def _mark_tag_end(veil: Veil, line: str, start: int, end: int) -> None:
    """Let prose begin behind a tag, in a block of its own if the tag is not an inline one."""
    if not _INLINE_TAG.match(line, start):
        veil.put(end - 1, BREAK)
    elif not line.startswith("</", start):
        veil.sign(end - 1, end)
