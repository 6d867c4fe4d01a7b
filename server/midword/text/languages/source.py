"""Source code: comments and docstrings are prose, the code around them is not.

Pygments knows comments from strings in every language, but takes 0.7 s for a file of 1 MB, and all
of it again after an edit. Where comments and strings begin and end is all that matters here: that
is in `syntax.py`, as data, and the tests hold what comes of it against Pygments.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from midword.text.languages.doc_comments import (
    MARGINAL,
    MATTERS,
    TAGS,
    example_after,
    is_example,
    text_begins,
)
from midword.text.languages.markdown import MarkdownReader
from midword.text.languages.reader import LanguageReader, Line, Veil, hidden
from midword.text.languages.syntax import SYNTAXES, Syntax


class SourceState(NamedTuple):
    """What a line of source code begins in."""

    kind: str = "code"
    """code, comment, docstring, string (in which a backslash escapes), raw (string), heredoc"""
    closer: str = ""
    """What ends it; in code ":" behind a line that ends so, where a docstring may follow."""
    depth: int = 0
    """How many comments within comments are open."""
    example: str = ""
    """What makes a piece of code of what follows: a fence, a prompt, "::" and an indent, "@" (up
    to the next tag), or the word that ends it."""
    goes_on: bool = False
    """In code: the expression isn't at its end, so a string that comes now is no docstring."""


class Span(NamedTuple):
    """A piece of a line that is comment or docstring, its signs left out."""

    start: int
    end: int
    opener: int
    """Where the sign that opens it begins; -1 if that was on an earlier line."""


_CODE = SourceState()
_GOES_ON = SourceState(goes_on=True)
_BODY = SourceState(closer=":")
_COMMENT = ("comment", "docstring")

_PRAGMA = re.compile(
    r"""!(?=/)
    |\s*(?:-\*-|vim?:|noqa\b|type:\s*ignore|pylint:|mypy:|ruff:|pragma:|fmt:\s*o|isort:
    |eslint|prettier-ignore|@ts-|tslint:|istanbul\ |c8\ |go:\w|\+build|nolint|clang-format\ o
    |shellcheck\ |rubocop:|frozen_string_literal:|<reference|sourceMappingURL|SPDX-|\#?region\b
    |\#?endregion\b)""",
    re.VERBOSE,
)
_OLD_CODE = re.compile(
    r"""\s*(?:[^\n]*[{}]
        |[^\n]*[(=<>\[\]][^\n]*[;]
        |(?:(?:const|let|var|auto|int|final|static|my|local)\s+)?[\w.\[\]'"]+\s*[-+*/|&:]?=(?!=)
            \s*(?:\S+|[^\n]*[()\[\]{}'"][^\n]*)
        |[\w.]+\([^)\n]*\)[;,:]?
        |(?:import\s+[\w.]+|from\s+[\w.]+\s+import\s.*|\#\s*include\b.*|@\w+\([^)\n]*\))
        )\s*$""",
    re.VERBOSE,
)


class SourceReader(LanguageReader[SourceState]):
    """Reads the comments and docstrings of one programming language."""

    start = _CODE

    def __init__(self, language: str) -> None:
        self._syntax = SYNTAXES[language][0]
        self._opener = _opener(self._syntax)
        self._sign = _sign(self._syntax)
        self._matters = _matters(self._syntax)
        self._docs = re.compile(rf"(?:{self._syntax.docs})$") if self._syntax.docs else None
        # What follows a line of code, by the sign that ends it.
        self._behind = dict.fromkeys("([{,=+\\|&", _GOES_ON)
        if self._syntax.short_docs:
            self._behind[":"] = _BODY
        self._markdown = MarkdownReader()

    def advance(self, line: str, state: SourceState) -> SourceState:
        """Follow comments and strings over the line, and examples from comment to comment."""
        kind, closer, _, example, _ = state
        if kind == "code":
            if not example and not self._sign.search(line):
                return self._code_after(line, state)
        elif not (example or closer in line or self._matters.search(line)) and not (
            kind == "comment" and MARGINAL.match(line)
        ):
            return state
        place, spans = self._scan(line, state)
        example = self._example_after(line, state, place, spans) if spans else ""
        return place if place.example == example else place._replace(example=example)

    def veil(self, line: str, state: SourceState) -> Line:
        """Show the comments of the line."""
        place, spans = self._scan(line, state)
        if not spans:
            return hidden(line)
        veil = Veil(line)
        position = 0
        for span in spans:
            if span.opener >= 0:
                veil.lead(position, span.start)
            position = span.end
        veil.hide(position, len(line))
        if len(spans) > 1 or line[: max(spans[0].opener, 0)].strip():
            return Line(str(veil), opens=True, closes=True)
        by_line = place.kind == "code" and spans[0].opener >= 0 and spans[0].end == len(line)
        return self._comment(line, state, spans[0], veil, by_line)

    def inline(self, text: str) -> str:
        """Veil the Markdown that comments are commonly written in."""
        return self._markdown.inline(TAGS.veil(text))

    def _comment(
        self, line: str, state: SourceState, span: Span, veil: Veil, by_line: bool
    ) -> Line:
        """Return a line that has nothing but comment on it; by_line: of the kind it ends."""
        body = line[span.start : span.end]
        text = body.strip(" \t*")
        if not text:
            return Line(str(veil), opens=True, closes=True)
        is_rule = len(text) > 2 and not any(map(str.isalnum, text))
        if is_rule or is_example(body, state.example):
            return hidden(line)
        if _PRAGMA.match(body) or (by_line and _OLD_CODE.match(body)):
            return hidden(line)
        end, opens = text_begins(line, *span[:2], goes_on=state.kind == "comment")
        if end < 0:
            return hidden(line)
        veil.lead(span.start, end)
        if end == span.end and not line[end - 1 : end].isspace() and opens:
            veil.hide(span.start, end)  # a name is being typed
        return Line(str(veil), opens=opens)

    def _scan(self, line: str, place: SourceState) -> tuple[SourceState, list[Span]]:
        """Return the place after a line, and the comments and docstrings on it."""
        stop = len(line.rstrip("\r\n"))
        if place.kind == "heredoc":
            return (_CODE if line.strip() == place.closer else place), []
        spans: list[Span] = []
        at, heredoc, before = 0, "", place
        if place.kind != "code":
            end, at, place = self._leave(line, 0, stop, before)
            if before.kind in _COMMENT:
                spans.append(Span(0, end, -1))
        while place.kind == "code" and (match := self._opener.search(line, at, stop)):
            kind, start, at = match.lastgroup or "", match.start(), match.end()
            if kind == "line":
                spans.append(Span(at, stop, start))
                stop = start
                break
            if kind == "heredoc":
                heredoc = match["word"]
            elif kind == "string":
                if place.closer and not (line[:start].strip() or line[at:stop].strip()):
                    is_closed = at > start + 1 and line[at - 1] == line[start]
                    spans.append(Span(start + 1, at - is_closed, start))
            elif kind in ("long", "raw", "block"):
                inside = self._enter(kind, match, line, place)
                end, at, place = self._leave(line, at, stop, inside)
                if inside.kind in _COMMENT:
                    spans.append(Span(match.end(), end, start))
        if heredoc:
            return SourceState("heredoc", heredoc), spans
        return (self._code_after(line[:stop], place) if place.kind == "code" else place), spans

    def _enter(self, kind: str, match: re.Match[str], line: str, place: SourceState) -> SourceState:
        """Return the place behind a sign that opens a comment or a string."""
        sign = match[0]
        if kind == "block":
            return SourceState("comment", dict(self._syntax.block)[sign], 1)
        if kind == "raw":
            return SourceState("raw", dict(self._syntax.raw)[sign])
        is_doc = self._docs and not place.goes_on and self._docs.match(line[: match.start()])
        return SourceState("docstring" if is_doc else "string", dict(self._syntax.long)[sign])

    def _leave(
        self, line: str, at: int, stop: int, place: SourceState
    ) -> tuple[int, int, SourceState]:
        """Return where what `place` is in ends, where its closing sign does, and what follows."""
        kind, closer, depth = place[:3]
        opener = ""
        if kind == "comment" and self._syntax.nested:
            opener = next(sign for sign, end in self._syntax.block if end == closer)
        signs = _signs(opener, closer, kind)
        for match in signs.finditer(line, at, stop):
            if match[0] == closer:
                depth -= 1
                if depth <= 0:
                    return match.start(), match.end(), _CODE
            elif match[0] == opener:
                depth += 1
        return stop, stop, place if depth == place.depth else place._replace(depth=depth)

    def _code_after(self, line: str, place: SourceState) -> SourceState:
        """Return the place after a line that ends in code."""
        if not self._docs:
            return _CODE
        code = line.rstrip()
        if not code:
            return place._replace(example="") if place.example else place
        return self._behind.get(code[-1], _CODE)

    def _example_after(
        self, line: str, state: SourceState, place: SourceState, spans: list[Span]
    ) -> str:
        """Return what makes the next line of the comment an example of code, if it is one."""
        if len(spans) != 1 or line[: max(spans[0].opener, 0)].strip():
            return ""
        start, end, opener = spans[0]
        by_line = place.kind == "code" and opener >= 0
        if place.kind == "code" and not (by_line and end == len(line.rstrip("\r\n"))):
            return ""
        is_plain = not state.example and line[start + 1 : start + 2].isalpha()  # no item of a list
        if is_plain and not self._matters.search(line, start):
            return ""
        body = line[start:end]
        if opener >= 0 and not by_line:
            # The other lines of a docstring begin where its quotes do, those of a comment farther.
            body = " " * (opener if place.kind == "docstring" else start) + body
        has_margin = by_line or (place.kind == "comment" and body.lstrip().startswith("*"))
        return example_after(body, state.example, has_margin)


def _opener(syntax: Syntax) -> re.Pattern[str]:
    """Return what the scanner stops at in code, in the order in which the signs are tried."""
    quotes = [rf"{quote}(?:\\.|[^{quote}\\\n])*{quote}?" for quote in syntax.strings]
    heredoc = r"(?<!<)<<[-~]?(?P<quote>['\"]?)(?P<word>[A-Z_][A-Za-z_0-9]*)(?P=quote)"
    signs = {
        "skip": [syntax.skip] if syntax.skip else [],
        "heredoc": [heredoc] if syntax.heredoc else [],
        "long": [re.escape(sign) for sign, _ in syntax.long],
        "raw": [re.escape(sign) for sign, _ in syntax.raw],
        "block": [re.escape(sign) for sign, _ in syntax.block],
        "line": [re.escape(sign) for sign in syntax.line],
        "string": quotes,
    }
    return re.compile(
        "|".join(f"(?P<{kind}>{'|'.join(forms)})" for kind, forms in signs.items() if forms)
    )


def _sign(syntax: Syntax) -> re.Pattern[str]:
    """Return the characters without which a line of code has neither comment nor string."""
    signs = [*syntax.line, *syntax.strings, *(["<<"] if syntax.heredoc else [])]
    signs += [sign for sign, _ in (*syntax.long, *syntax.raw, *syntax.block)]
    return re.compile(f"[{re.escape(''.join({sign[0] for sign in signs}))}]")


def _matters(syntax: Syntax) -> re.Pattern[str]:
    """Return what, within a comment, begins an example or another comment."""
    nested = [re.escape(sign) for sign, _ in syntax.block if syntax.nested]
    pattern = "|".join([MATTERS.pattern, *nested])
    return re.compile(pattern, re.MULTILINE) if nested else MATTERS  # compiling takes 2 ms


@cache
def _signs(opener: str, closer: str, kind: str) -> re.Pattern[str]:
    """Return what matters inside a comment or a string."""
    forms = [r"\\."] if kind in ("string", "docstring") else []
    if kind == "raw" and closer in ("'", '"'):
        forms = [closer * 2]  # which stands for one of them
    return re.compile("|".join([*forms, *(re.escape(sign) for sign in (opener, closer) if sign)]))
