"""Typst: markup, also the markup within code, as in #figure(caption: [some text])."""

from __future__ import annotations

import re

from midword.text.languages import reader
from midword.text.languages.plain import hide_addresses
from midword.text.languages.reader import HIDDEN, Inline, LanguageReader, Line, Veil, blank, hidden

# The state is what is open, outermost first, one character each: [ markup in brackets, ( and {
# code, s a statement (its line ends it), $ maths, * a comment, ` a fence.
_OPEN_MARKUP = ("", "[")

_SIGN = re.compile(r"[\\`$/#\[\]]")  # what all that matters in markup begins with
_IN_MARKUP = re.compile(
    r"""(?P<skip>\\.|(?<=:)//|`[^`\n]+`)|(?P<half>\#(?=\s|$))
    |(?P<fence>```)|(?P<line>//)|(?P<comment>/\*)|(?P<maths>\$)
    |(?P<statement>\#(?:let|set|show|import|include|if|for|while|return|context)\b)
    |(?P<call>\#[a-zA-Z_][\w.-]*)|(?P<code>\#[({"])|(?P<open>\[)|(?P<close>\])""",
    re.VERBOSE,
)
_IN_CODE = re.compile(
    r"""(?P<skip>"(?:\\.|[^"\\])*"?)|(?P<line>//)|(?P<comment>/\*)|(?P<fence>```)|(?P<maths>\$)
    |(?P<open>[(\[{])|(?P<close>[)\]}])|(?P<end>;)""",
    re.VERBOSE,
)
_METHOD = re.compile(r"\.[a-zA-Z_][\w-]*(?=[(\[])")
_CLOSER = {"`": re.compile("```"), "*": re.compile(r"\*/"), "$": re.compile(r"(?<!\\)\$")}

_LEAD = re.compile(r"\s*(?:=+[ \t]+|[-+][ \t]+|\d+\.[ \t]+|/[ \t]+(?=[^:\n]+:))?")


def _tie(veil: Veil, match: re.Match[str]) -> None:
    veil.put(match.start(), " ")


_ACTIONS = {"code": reader.quote, "escape": reader.escape, "sign": reader.sign, "tie": _tie}
_INLINE = Inline(
    r"[\\`~<@*_]",
    r"""(?P<escape>\\(?=\S).|\\(?=[ ]*$))
    |(?P<code>`[^`\n]+`)
    |(?P<halfcode>(?<![\w`])`[^\n]*)
    |(?P<tie>~)
    |(?P<label><[\w:.-]+>|(?<!\w)@[\w:.-]+)
    |(?P<sign>\*+(?=\S)|(?<=\S)\*+|(?<!\w)_+|_+(?!\w))""",
    _ACTIONS,
)


class TypstReader(LanguageReader[str]):
    """Reads Typst."""

    start = ""

    def advance(self, line: str, state: str) -> str:
        """Follow code, maths, comments and raw text."""
        if state[-1:] in _OPEN_MARKUP and not _SIGN.search(line):
            return state
        return self._scan(line, state, None)

    def veil(self, line: str, state: str) -> Line:
        """Hide what is not markup, and the signs that begin a line."""
        in_markup = state[-1:] in _OPEN_MARKUP
        if not line or line.isspace():
            return blank(line) if in_markup else hidden(line)
        veil = Veil(line)
        item = None
        if in_markup:
            item = _LEAD.match(line)
            assert item is not None
            veil.lead(*item.span())
        self._scan(line, state, veil)
        text = str(veil)
        if not text.strip(HIDDEN):
            return hidden(line)
        opens = bool(item and item[0].strip())
        return Line(text, opens=opens, closes=opens and line.lstrip().startswith("="))

    def inline(self, text: str) -> str:
        """Hide raw text, labels and references; take out the signs of emphasis."""
        return hide_addresses(_INLINE.veil(text))

    def _scan(self, line: str, state: str, veil: Veil | None) -> str:
        """Return what is open after a line; veil what is not markup on the way."""
        stop = len(line.rstrip("\r\n"))
        at = 0
        while at < stop:
            top = state[-1:]
            if top in _CLOSER:
                match = _CLOSER[top].search(line, at, stop)
                end = match.end() if match else stop
                if veil:
                    veil.hide(at, end)
                at, state = end, state[:-1] if match else state
                continue
            if top in _OPEN_MARKUP:
                sign = _SIGN.search(line, at, stop)
                match = _IN_MARKUP.search(line, sign.start(), stop) if sign else None
            else:
                match = _IN_CODE.search(line, at, stop)
            start, end = match.span() if match else (stop, stop)
            if veil and top not in _OPEN_MARKUP:
                veil.hide(at, start)
            at = end
            if match is None:
                break
            kind = match.lastgroup or ""
            if kind in ("skip", "half"):
                if veil and (kind == "half" or top not in _OPEN_MARKUP):
                    veil.hide(start, end)
                continue
            if kind == "line":
                if veil:
                    veil.hide(start, stop)
                break
            state, at = _after(kind, match, line, state)
            if veil and not (kind == "open" and top in _OPEN_MARKUP):
                veil.hide(start, at)
                if state[-1:] == "[":
                    veil.sign(at - 1, at)
        return state.rstrip("s")


def _after(kind: str, match: re.Match[str], line: str, state: str) -> tuple[str, int]:
    """Return what is open behind a match, and where reading goes on."""
    sign, at = match[0], match.end()
    if kind in ("fence", "comment", "maths"):
        return state + {"fence": "`", "comment": "*", "maths": "$"}[kind], at
    if kind == "statement":
        return state + "s", at
    if kind == "call":
        return _go_on(line, state, at)
    if kind == "code":
        return (state, at) if sign == '#"' else (state + sign[1], at)
    if kind == "open":
        return (state + sign if state else state), at  # a bracket of the text opens nothing
    if kind == "end":
        return (state[:-1] if state.endswith("s") else state), at
    if not state or (state[-1] == "s"):
        return state, at
    state = state[:-1]
    return _go_on(line, state, at) if state[-1:] in _OPEN_MARKUP else (state, at)


def _go_on(line: str, state: str, at: int) -> tuple[str, int]:
    """Return what is open if a call's arguments follow: (...), [...] or .method(...)."""
    if method := _METHOD.match(line, at):
        at = method.end()
    if line[at : at + 1] in ("(", "["):
        return state + line[at], at + 1
    return state, at
