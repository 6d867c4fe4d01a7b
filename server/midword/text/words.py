"""Words as a writer counts them: letters, with apostrophes and hyphens between letters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from operator import attrgetter

APOSTROPHES = "'\u2019"
HYPHENS = "\u2010\u2011-"  # the plain one last, as in a character class
LONGEST_WORD = 64
"""Characters; a longer run of letters is not a word but data, and is not searched for its ends."""

_NUMBER_SIGNS = (
    "\u00b2\u00b3\u00b9\u00bc-\u00be\u2070-\u209c\u2150-\u218b\u2460-\u24ff\u2776-\u2793"
)


def _marks() -> str:
    """Return the combining marks of the scripts in use, as ranges of a character class."""
    codes = {c for c in range(0x300, 0x3100) if unicodedata.category(chr(c)) in ("Mn", "Mc", "Me")}
    starts = sorted(code for code in codes if code - 1 not in codes)
    ends = sorted(code for code in codes if code + 1 not in codes)
    return "".join(f"{chr(a)}-{chr(b)}" for a, b in zip(starts, ends, strict=True))


# A soft hyphen and a variation selector are as much a part of the word as a combining mark is.
MARK = f"[{_marks()}\u00ad\ufe00-\ufe0f]"
_LETTER = rf"[^\W\d_{_NUMBER_SIGNS}]"
_LETTERS = rf"{_LETTER}++(?:{MARK}++{_LETTER}*+)*+"
_INNER = f"[{APOSTROPHES}{HYPHENS}]"

LETTER = re.compile(_LETTER)
WORD = re.compile(rf"{_LETTERS}(?:{_INNER}{_LETTERS})*+")
"""A word: letters of any script with their combining marks, joined by inner ' ’ or hyphens."""

PLAIN_WORD = rf"[^\W\d_]+(?:[{APOSTROPHES}-][^\W\d_]+)*"
"""The same where no combining marks are, as in tokenizers and corpora; "km\u00b2" is one here."""

_GLUE = re.compile(rf"[\d_@/\\{_NUMBER_SIGNS}]")

# A word whose end is free has the group; one that something is glued to is passed over with it.
_FREE_WORD = re.compile(
    rf"{WORD.pattern}(?:(?!{_GLUE.pattern})()|)|{_GLUE.pattern}++(?:{WORD.pattern})?+"
)
_is_free = attrgetter("lastindex")

_OPENERS = ' \t\n("\u201c\u00ab\u2013\u2014'
_PAIR_BEFORE = re.compile(rf"(?:^|[{_OPENERS}]){_LETTERS}/$")
_PAIR_BEHIND = re.compile(rf"/{_LETTERS}(?![\w@/\\:-]|\.\w)")
_PATH = re.compile(rf"{_GLUE.pattern}|\.\w")


def words(text: str) -> Iterator[re.Match[str]]:
    r"""Return the words of a text, leaving out those glued to digits or one of _ @ / \ ."""
    if _GLUE.search(text) is None:
        return WORD.finditer(text)
    return filter(_is_free, _FREE_WORD.finditer(text))


def is_glued(text: str, start: int, end: int) -> bool:
    """Whether what stands at start:end touches a sign that makes it part of a name or number."""
    return bool(
        (start > 0 and _GLUE.match(text[start - 1])) or (end < len(text) and _GLUE.match(text[end]))
    )


def is_in_pair(text: str, start: int, end: int) -> bool:
    """Whether start:end is one of two words with a slash between, as in "and/or"; no path is."""
    if text[start - 1 : start] == "/":
        return bool(_PAIR_BEFORE.search(text, max(0, start - LONGEST_WORD), start)) and not (
            _PATH.match(text, end)
        )
    before = text[start - 1 : start]
    return bool((not before or before in _OPENERS) and _PAIR_BEHIND.match(text, end))


def word_span(text: str, offset: int) -> tuple[int, int] | None:
    """Return where the word that touches `offset` begins and ends, or None if none does.

    An apostrophe or a hyphen that was just typed after a letter counts as inside the word
    ("don'|", "well-|"), because a letter may follow.
    """
    base = max(0, offset - LONGEST_WORD - 1)
    window = text[base : offset + LONGEST_WORD + 1]
    at = offset - base
    for match in WORD.finditer(window):
        start, end = match.span()
        if start > at:
            break
        if end == at - 1 and window[end] in _INNER and not _opens_quote(window, start, end):
            end = at
        if end >= at:
            return (base + start, base + end) if end - start <= LONGEST_WORD else None
    return None


def _opens_quote(text: str, start: int, end: int) -> bool:
    """Whether the sign at `end` closes a quotation of this one word, as in 'word'."""
    return start > 0 and text[end] in APOSTROPHES and text[start - 1] in "'\u2018"
