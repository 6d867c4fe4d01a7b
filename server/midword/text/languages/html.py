"""HTML and its templates: the text between tags, without scripts, styles and code."""

from __future__ import annotations

import html
import re

from midword.text.languages.front_matter import front_matter, is_end
from midword.text.languages.plain import hide_addresses
from midword.text.languages.reader import (
    BREAK,
    LONGEST_CODE,
    SIGN,
    Block,
    LanguageReader,
    Line,
    Veil,
    blank,
    hidden,
)

_START = Block("start")
_TEXT = Block("text")
_PROSE = ("text", "start")

# Elements whose text isn't prose: code and the like (HTML Living Standard, 4.5), what is drawn, run
# or styled, and a Vue component's blocks that are written in something else.
_RAW = (
    r"script|style|pre|code|kbd|samp|var|tt|xmp|textarea|svg|math|canvas|i18n"
    r"|template(?=[^>]*\slang=[\"']?(?:pug|jade))"
)
# Tags of Liquid and its like, up to whose end there is code.
_BLOCK = r"highlight|codeblock|schema|javascript|stylesheet|mermaid|comment"
_TAGS = rf"<!--|<(?P<raw>{_RAW})(?![\w-])|<%|<\?|<[a-zA-Z/!]"
_STOP = re.compile(rf"{_TAGS}|\{{\{{|\{{%-?\s*(?P<block>{_BLOCK})\b|\{{%|\{{\#", re.IGNORECASE)
_STOP_OR_BRACE = re.compile(rf"{_TAGS}|(?P<block>(?!))|\{{", re.IGNORECASE)
_CLOSERS = {"<!--": "-->", "<%": "%>", "<?": "?>", "{{": "}}", "{%": "%}", "{#": "#}"}
_TAG_END = re.compile(r"""(?:"[^"]*"|'[^']*'|[^>"'])*+>""")
_HALF_TAG = re.compile(r"""(?:"[^"]*"|'[^']*'|[^>"'])*+(["'])""")  # up to a value's open quote
_TAG_END_OR_BRACE = re.compile(
    r"""(?:"[^"]*"|'[^']*'|\{(?:[^{}]|\{[^{}]*\})*+\}|[^>"'])*+>"""  # takes no second try
)
_ENTITY = re.compile(r"&(?:[a-zA-Z]\w*|#\d+|#[xX][0-9a-fA-F]+);")
_HALF_ENTITY = re.compile(r"(?<!\w)&#?\w*")
_INLINE_TAG = re.compile(
    r"</?(?:a|abbr|b|bdi|bdo|cite|code|data|del|dfn|em|font|i|ins|kbd|label|mark|q|s|samp|small|span"
    r"|strong|sub|sup|time|tt|u|var|wbr|nobr)\b",
    re.IGNORECASE,
)

_BRACE = re.compile("[{}]")
_INLINE_CODE = ("</code", "</kbd", "</samp", "</var", "</tt")


class HtmlReader(LanguageReader[Block]):
    """Reads HTML and templates of HTML."""

    start = _START

    def __init__(self, braces: bool = False) -> None:
        """With `braces`, what stands in braces is an expression, as in Svelte and Astro."""
        self._braces = braces

    def advance(self, line: str, state: Block) -> Block:
        """Follow tags, comments, templates and elements whose text is not prose."""
        if state is _TEXT and "<" not in line and "{" not in line:
            return state
        if state is _START and (opener := front_matter(line)):
            return Block("front matter", opener)
        if state.kind == "front matter":
            return _TEXT if is_end(state.closer, line) else state
        return self._scan(line, state, None)

    def veil(self, line: str, state: Block) -> Line:
        """Hide tags and what they hide."""
        if state.kind == "front matter" or (state is _START and front_matter(line)):
            return hidden(line)
        if not line or line.isspace():
            return blank(line) if _goes_on(line, state).kind in _PROSE else hidden(line)
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
        state = _goes_on(line, state)
        stop = _STOP_OR_BRACE if self._braces else _STOP
        position = 0
        while position < len(line):
            if state is _TEXT:
                match = stop.search(line, position)
                if match is None:
                    break
                start, position = match.span()
                state = _opened(match)
            else:
                start = position
            end, state = self._end(line, position, state)
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

    def _end(self, line: str, position: int, state: Block) -> tuple[int, Block]:
        """Return where what `state` is in ends on the line, or -1, and the state if it goes on."""
        if state.kind == "quoted":
            quote = line.find(chr(state.indent), position)
            if quote < 0:
                return -1, state
            position, state = quote + 1, Block("tag", state.closer)
        if state.kind == "tag":
            if match := (_TAG_END_OR_BRACE if self._braces else _TAG_END).match(line, position):
                return match.end(), state
            inside = _HALF_TAG.match(line, position)
            return -1, Block("quoted", state.closer, ord(inside[1])) if inside else state
        if state.kind == "braces":
            depth = state.indent
            for brace in _BRACE.finditer(line, position):
                depth += 1 if brace[0] == "{" else -1
                if not depth:
                    return brace.end(), state
            return -1, state._replace(indent=depth)
        place = line.lower().find(state.closer, position)
        if place < 0:
            return -1, state
        behind = {"raw": ">", "block": "%}"}.get(state.kind)
        if behind:
            close = line.find(behind, place)
            return (close + len(behind) if close >= 0 else len(line)), state
        return place + len(state.closer), state


def _goes_on(line: str, state: Block) -> Block:
    """Return the state in which a line is read: one that is half typed ends with its paragraph."""
    text = line.lstrip()
    half_typed = (state.closer in ("}}", "%}") or state.kind == "quoted") and (
        not text or text[0] == "<"
    )
    return _TEXT if half_typed or state is _START else state


def _opened(match: re.Match[str]) -> Block:
    """Return the state behind a sign that opens something."""
    sign = match[0]
    if match["block"]:
        return Block("block", f"end{match['block'].lower()}")
    if closer := _CLOSERS.get(sign):
        return Block("until", closer)
    if sign == "{":
        return Block("braces", "", 1)
    return Block("tag", f"</{match['raw'].lower()}" if match["raw"] else "")


def _mark_tag_end(veil: Veil, line: str, start: int, end: int) -> None:
    """Let prose begin behind a tag, in a block of its own if the tag is not an inline one."""
    if not _INLINE_TAG.match(line, start):
        veil.put(end - 1, BREAK)
    elif not line.startswith("</", start):
        veil.sign(end - 1, end)
