"""What looks like a secret wherever it stands: keys, tokens, addresses, hosts, recited words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from midword.text.words import words
from midword_training.confidentiality.found_words import FoundWords, folded
from midword_training.confidentiality.oddness import Language
from midword_training.confidentiality.service_formats import known_formats

LONGEST_WORD = 40
"""Letters: a longer run is a key or an encoded value."""

_LEAST_VOWELS = 0.2  # share of vowels below which a run of 12 letters or more is no word
_RECITED = 8  # words in a row, as in a wallet's seed phrase, of which none is a function word
_FITS = 0.3  # share of pairs that the language has: fewer are in what was drawn by lot
_GROUPS = 3  # groups of equally many letters, as in an app password

_FILES = (
    "bat c cc cfg cmd conf cpp cs css csv dll doc docx exe gif go gz h hpp htm html ini ipynb java"
    " jpg js json jsx kt lock log lua md mjs php png ps1 py rb rs rst scss sh so sql svg tar tex"
    " toml ts tsx txt vue xml yaml yml zip"
)
_FILE = "|".join(_FILES.split())
_PLAIN_SHAPES = re.compile(
    r"\b[A-Za-z][A-Za-z0-9+.-]{1,20}://\S+|\bwww\.\S+"
    r"|\b[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64})+"
    r"|(?<!\w)@[A-Za-z][\w-]*"
    r"|\b[\w-]{1,64}(?:\.[\w-]{1,64}){2,}\b"
    rf"|(?<![\w.-])\w[\w-]{{1,63}}\.(?!(?:{_FILE})\b)[a-z][a-z0-9-]+\b"  # a host with one dot
    r"|(?<![\w.])\+?\d(?:[ -]?\d){6,}(?!\w|\.\d)"
)
_PLAIN_HINT = re.compile(r"://|@|\.[\w-]|www\.|\d(?:[ -]?\d){6}")
"""Each of them has one of these."""

_CHUNK = re.compile(r"[^\s,;()\[\]{}<>\"'`]{8,}")
_MIXED = re.compile(
    "[0-9][A-Za-z]++[0-9]++[A-Za-z]++[0-9]|[A-Za-z][0-9]++[A-Za-z]++[0-9]++[A-Za-z]"
)
"""Four times from letters to digits or back: more than in a version or a name."""

_MIXED_HINT = re.compile("[A-Za-z][0-9]++[A-Za-z]++[0-9]")
_BETWEEN = re.compile(r"[\s,;|/*\u2022\u00b7-]*(?:\d{1,2}[.):]?[\s]*)?")
"""What may stand between recited words: blanks, commas, list signs and numbers."""

_LEAST = 8  # letters that are needed to look random

_BREAKS, _STRANGE, _BY_LOT = 1, 2, 4
"""Of a word: it ends a run, the language lacks it, its letters seem drawn by lot."""

_DRAWN = re.compile(b"[\4-\7]")
_IN_A_ROW = re.compile(b"[\0\2\4\6]{%d,}" % _GROUPS)
_STRANGE_ONES = re.compile(b"[\2\6][\0\2\4\6]?[\2\6]")
"""Of kinds of words: `_GROUPS` of which only one may be known have two strange ones so near."""

_FUNCTION = (
    "the and for are was were with not but from has had its their been being would could "
    "should which who whom whose his her him she our your these those into than some "
    "while during through because does did doing done may might shall per via"
)
FUNCTION_WORDS = frozenset(_FUNCTION.split())
"""Words that hold prose together. None is in the list that wallets draw from (BIP 39)."""


class Span(NamedTuple):
    """Where something confidential stands in a text; `firm`: that is what it is, not beside it."""

    start: int
    end: int
    firm: bool


class Shapes:
    """What looks like a secret by itself.

    Each search begins with a cheap look for what it can't do without; most of a text has nothing.

    Args:
        language: what is usual.
        common: folded words that hold the documents' prose together.
    """

    def __init__(self, language: Language, common: frozenset[str]) -> None:
        self._language, self._common = language, common
        self._kind = lru_cache(maxsize=1 << 18)(self._kind_of)

    def of(self, found: FoundWords) -> Iterator[Span]:
        """Of a text whose words were found."""
        text = found.text
        for begin, end in _lines_with_one(_PLAIN_HINT, text):
            for match in _PLAIN_SHAPES.finditer(text, begin, end):
                yield Span(*match.span(), False)
        for begin, end in _lines_with_one(_MIXED_HINT, text):
            for match in _CHUNK.finditer(text, begin, end):
                if _MIXED.search(match[0]):
                    yield Span(*match.span(), True)
        kinds = bytes(map(self._kind, found.keys))
        for drawn in _DRAWN.finditer(kinds):
            yield Span(*found.matches[drawn.start()].span(), True)
        random = {form for form in set(found.forms) if len(form) >= _LEAST and looks_random(form)}
        if random:
            for match in found.matches:
                if match[0] in random:
                    yield Span(*match.span(), True)
        for start, end in known_formats(text):
            yield Span(start, end, True)
        for row in _IN_A_ROW.finditer(kinds):
            if len(row[0]) >= _RECITED or _STRANGE_ONES.search(row[0]):
                first, last = found.matches[row.start()], found.matches[row.end() - 1]
                yield from self._recited(text, first.start(), last.end())

    def _kind_of(self, key: str) -> int:
        """What of a word counts here, as bits."""
        breaks = _BREAKS if len(key) < 3 or key in self._common else 0
        if self._language.knows(key):
            return breaks
        return breaks | _STRANGE | (_BY_LOT if self._language.drawn_by_lot(key) else 0)

    def _recited(self, text: str, begin: int, end: int) -> Iterator[Span]:
        """Seed phrases, and app passwords in groups of letters, in a part of the text."""
        language = self._language
        for run in runs(text, self._common, _BETWEEN, begin, end):
            forms = [text[start:end] for start, end in run]
            keys = list(map(folded, forms))
            if len(run) >= _RECITED and _is_recited(forms, keys) and _fits(keys, language) <= _FITS:
                # Lists have commas; a term of a trade in one is no secret elsewhere.
                listed = any(text[a[1] : b[0]].strip() for a, b in pairwise(run))
                yield Span(run[0][0], run[-1][1], not listed)
                continue
            first = 0
            for i in range(1, len(run) + 1):
                if i < len(run) and len(keys[i]) == len(keys[first]):
                    continue
                group = keys[first:i]
                strange = sum(not language.knows(key) for key in group)
                if len(group) >= _GROUPS and 3 <= len(group[0]) <= 8 and strange >= len(group) - 1:
                    gaps = (text[a[1] : b[0]] for a, b in pairwise(run[first:i]))
                    if not any(gap.strip(" -") for gap in gaps) and language.drawn_by_lot(
                        "".join(group)
                    ):
                        yield Span(run[first][0], run[i - 1][1], True)
                first = i


def _lines_with_one(hint: re.Pattern[str], text: str) -> Iterator[tuple[int, int]]:
    """Where the lines begin and end that a pattern is found in."""
    end = -1
    while (match := hint.search(text, end + 1)) is not None:
        begin = text.rfind("\n", 0, match.start()) + 1
        end = text.find("\n", match.start())
        if end < 0:
            yield begin, len(text)
            return
        yield begin, end


@lru_cache(maxsize=1 << 16)
def looks_random(form: str) -> bool:
    """Whether the letters look drawn by lot, as those of a key or an encoded value do."""
    if len(form) > LONGEST_WORD:
        return True
    letters = form.replace("-", "").replace("'", "")
    switches = sum(a.islower() and b.isupper() for a, b in pairwise(form))
    if len(letters) >= 8 and switches > 2 and switches > len(letters) / 4:
        return True
    vowels = sum(letter in "aeiouyAEIOUY" for letter in letters)
    return len(letters) >= 12 and letters.isascii() and vowels < _LEAST_VOWELS * len(letters)


def _is_recited(forms: list[str], keys: list[str]) -> bool:
    """Whether words could be drawn from a list: short ones in one case, hardly any twice."""
    short = sum(3 <= len(key) <= 8 and key.isalpha() for key in keys)
    alike = any(all(map(case, forms[1:])) for case in (str.islower, str.istitle, str.isupper))
    return alike and min(short, len(set(keys))) > 0.9 * len(keys)


def _fits(keys: list[str], language: Language) -> float:
    pairs = list(pairwise(keys))
    return sum(language.familiar(a, b) for a, b in pairs) / max(1, len(pairs))


def runs(
    text: str,
    common: frozenset[str],
    between: re.Pattern[str],
    begin: int = 0,
    end: int | None = None,
) -> Iterator[list[tuple[int, int]]]:
    """Runs of words that hold no prose together, with nothing but `between` between them.

    `begin` and `end` are those of words, so that none is cut.
    """
    run: list[tuple[int, int]] = []
    for match in words(text[begin:end]):
        key = folded(match[0])
        start, behind = begin + match.start(), begin + match.end()
        if run and not between.fullmatch(text, run[-1][1], start):
            yield run
            run = []
        if len(key) < 3 or key in common:
            if run:
                yield run
                run = []
        else:
            run.append((start, behind))
    if run:
        yield run
