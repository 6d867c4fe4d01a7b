"""What every language has to say about its text, in two steps.

1. Line by line: a reader's *state* (prose, in a code block, in front matter ...) passes from line
   to line. `advance` is called for every line of a document once, and again only where an edit
   changed something, so it has to be cheap.
2. Around the cursor: `veil` shows what of a line is prose, and `inline` what of a paragraph is.

Both functions of the second step return the text with the same length, in which signs of markup
have become `SIGN` and everything else that is not prose `HIDDEN`: every offset keeps its meaning.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Generic, NamedTuple, TypeVar

SIGN = "\x00"
"""Markup between pieces of prose, such as the asterisks of **bold**: the writer may stand here."""

HIDDEN = "\x01"
"""What is not prose, such as code: a cursor behind such a character is not in prose."""

BREAK = "\x02"
"""A sign between blocks on one line, such as the bars of a table."""

_QUOTED = 0xF0000
"""What is added to a character of inline code: it is hidden from the cursor, but in the context.

Left out, it leaves holes ("The method returns .") that cost more than they hide: with the names in
their places, the right word is among the first five for 68% of the words near them, without for 59%
(112 words of npm's documentation, text on both sides)."""

_UNQUOTE = {_QUOTED + code: code for code in range(0x20, 0x7F)}

LONGEST_CODE = 60
"""Characters; longer inline code is no part of its sentence, and is left out."""

HALF_CODE = rf"""(?:`+(?=[ \t]|$)|(?<![\w`])`(?=[^`'\n]+(?<=\w)'(?!\w))
    |(?<![\w`])`+(?:(?![.,;:!?][ ])[^\n]){{1,{LONGEST_CODE}}}\w*)"""
r"""A backtick that nothing closes: `so`, as a quotation, or code that is being typed.

A lone one hides itself. Code goes on to the end of the line, but not over a sentence's signs, nor
farther than inline code goes. Both patterns are for `re.VERBOSE`."""

HALF_MATHS = r"""(?:\$\$?[A-Za-z]*+|\\[(\[])(?:[ \t]*+(?:\\(?:[A-Za-z]+|[^\w\s])
    |[-+*/=<>^_&|({\[][ \t]*+[A-Za-z]*+|[\])},.!:;'"\d]|[A-Za-z](?![A-Za-z])))*+"""
r"""A $ or \( that nothing closes: maths goes on as far as what follows reads as a formula.

That is signs, numbers, single letters and commands, and words behind a sign. "$HOME and" has none
of them behind the name, "$5 and" none behind the number."""

State = TypeVar("State")


class Line(NamedTuple):
    """A line as prose: `text` is as long as the line without its end."""

    text: str
    opens: bool = False
    """A block begins here: a paragraph, heading, list item, table row."""
    closes: bool = False
    """A block ends here: the next line begins another."""
    hidden: bool = False
    """No prose can stand on this line, not even if it is empty now."""


class LanguageReader(ABC, Generic[State]):
    """Reads one language, or several that are written alike."""

    start: State

    @abstractmethod
    def advance(self, line: str, state: State) -> State:
        """Return the state after a line (its end included) that begins in `state`."""

    @abstractmethod
    def veil(self, line: str, state: State) -> Line:
        """Return a line (its end left out) that begins in `state` as prose."""

    def inline(self, text: str) -> str:
        """Return the text of a block of lines with its inline markup veiled."""
        return text


class Block(NamedTuple):
    """The state of most readers: what kind of block a line begins in."""

    kind: str
    closer: str = ""
    """The sign or name that ends the block, if one does."""
    indent: int = 0
    """The columns by which the block's text is indented, where that counts."""


def hidden(line: str) -> Line:
    """Return a line without prose."""
    return Line(HIDDEN * len(line), opens=True, closes=True, hidden=True)


def blank(line: str) -> Line:
    """Return an empty line, on which prose may be begun."""
    return Line(line, opens=True, closes=True)


def indent_of(line: str) -> int:
    """Return the column at which a line's text begins, tabs taken as four."""
    body = line.lstrip(" \t")
    lead = line[: len(line) - len(body)]
    return len(lead.expandtabs(4)) if "\t" in lead else len(lead)


def left_open(element: re.Pattern[str], text: str) -> str:
    """Return what closes an HTML element that a text leaves open; "" if it closes all.

    The pattern's first group is the element's name. One pass: a line may be a megabyte long.
    """
    opened = {match[1].lower(): match.start() for match in element.finditer(text)}
    lower = text.lower() if opened else ""
    return next((f"</{name}" for name, at in opened.items() if lower.rfind(f"</{name}") < at), "")


def is_hidden(character: str) -> bool:
    """Whether a veiled character is no prose, so that nothing is suggested behind it."""
    return character == HIDDEN or ord(character) >= _QUOTED


def unquoted(text: str) -> str:
    """Return a veiled text with inline code as it is written."""
    return text.translate(_UNQUOTE)


class Veil:
    """A text being veiled: characters are replaced, none is added or taken away."""

    def __init__(self, text: str) -> None:
        self._characters = list(text)

    def __str__(self) -> str:
        return "".join(self._characters)

    def sign(self, start: int, end: int) -> None:
        """Mark start:end as signs of markup."""
        self._characters[start:end] = SIGN * (end - start)

    def hide(self, start: int, end: int) -> None:
        """Mark start:end as no prose."""
        self._characters[start:end] = HIDDEN * (end - start)

    def quote(self, start: int, code: str) -> None:
        """Mark `code`, which stands at `start`: no prose, but a part of the sentence around it."""
        for place, character in enumerate(code, start):
            if " " <= character <= "~":
                self._characters[place] = chr(_QUOTED + ord(character))

    def lead(self, start: int, end: int) -> None:
        """Hide start:end, which opens prose: the writer may stand behind it, but not inside."""
        if start < end:
            self.hide(start, end - 1)
            self.sign(end - 1, end)

    def put(self, start: int, text: str) -> None:
        """Write `text` over what stands at `start`."""
        self._characters[start : start + len(text)] = text


Action = Callable[[Veil, re.Match[str]], None]


def hide(veil: Veil, match: re.Match[str]) -> None:
    """Hide the match."""
    veil.hide(*match.span())


def quote(veil: Veil, match: re.Match[str]) -> None:
    """Take the match for inline code: the group `inner`, or all but the signs around it."""
    veil.hide(*match.span())
    code = match["inner"] if "inner" in match.re.groupindex else None
    code = match[0].strip("`=~") if code is None else code
    if len(code) <= LONGEST_CODE:
        veil.quote(match.start() + match[0].find(code), code)


def sign(veil: Veil, match: re.Match[str]) -> None:
    """Take the match for signs of markup."""
    veil.sign(*match.span())


def lead(veil: Veil, match: re.Match[str]) -> None:
    """Hide the match, behind which prose begins."""
    veil.lead(*match.span())


def escape(veil: Veil, match: re.Match[str]) -> None:
    """Take the first character for a sign that makes the second an ordinary one."""
    veil.sign(match.start(), match.start() + 1)


class Inline:
    """The inline markup of a language, as a pattern whose named groups say what to do.

    A pattern of twenty alternatives costs 300 ns at every character. As markup begins with few
    signs, `starts` (mostly a class of characters) finds the places where the pattern is tried.
    """

    def __init__(self, starts: str, pattern: str, actions: Mapping[str, Action]) -> None:
        self._starts = re.compile(starts)
        self._pattern = re.compile(pattern, re.VERBOSE | re.DOTALL | re.MULTILINE)
        self._actions = actions

    def veil(self, text: str) -> str:
        """Veil each match by the action of its outermost group's name; no action: hide it."""
        veil = None
        at = 0
        while start := self._starts.search(text, at):
            at = start.end()
            if match := self._pattern.match(text, start.start()):
                at = max(match.end(), start.start() + 1)
                veil = veil or Veil(text)
                self._actions.get(match.lastgroup or "", hide)(veil, match)
        return str(veil) if veil else text
