"""What looks like a secret wherever it stands: keys, tokens, addresses, hosts, recited words.

Formats of known services are those of detect-secrets; its entropy plugins are for code, and off.
Nothing is verified, for that would open the network.
"""

from __future__ import annotations

import re
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple

from midword.text.folding import fold
from midword.text.words import words
from midword_training.confidentiality.oddness import Language

LONGEST_WORD = 40
"""Letters: a longer run is a key or an encoded value."""

_LEAST_VOWELS = 0.2  # share of vowels below which a run of 12 letters or more is no word
_SWITCHES = 4  # from letters to digits or back: more are in a key than in a version
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
_CHUNK = re.compile(r"[^\s,;()\[\]{}<>\"'`]{8,}")
_BETWEEN = re.compile(r"[\s,;|/*\u2022\u00b7-]*(?:\d{1,2}[.):]?[\s]*)?")
"""What may stand between recited words: blanks, commas, list signs and numbers."""

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


def shapes(text: str, language: Language, common: frozenset[str]) -> Iterator[Span]:
    """What looks like a secret by itself.

    Args:
        text: a document's.
        language: what is usual.
        common: folded words that hold the documents' prose together.
    """
    for match in _PLAIN_SHAPES.finditer(text):
        yield Span(*match.span(), False)
    for match in _CHUNK.finditer(text):
        if any(map(_is_mixed, re.split(r"[^A-Za-z0-9]+", match.group()))):
            yield Span(*match.span(), True)
    for match in words(text):
        if looks_random(match.group()) or language.drawn_by_lot(fold(match.group())):
            yield Span(*match.span(), True)
    yield from _known_formats(text)
    yield from _recited(text, language, common)


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


def _is_mixed(part: str) -> bool:
    """Whether letters and digits take turns as in no version and no name."""
    return sum(a.isdigit() != b.isdigit() for a, b in pairwise(part)) >= _SWITCHES


def _known_formats(text: str) -> Iterator[Span]:
    at = 0
    for line in text.splitlines(keepends=True):
        for pattern in _formats():
            for match in pattern.finditer(line):
                yield Span(at + match.start(), at + match.end(), True)
        at += len(line)


@lru_cache(maxsize=1)
def _formats() -> list[re.Pattern[str]]:
    """The patterns of detect-secrets' plugins that know a service's format."""
    with _no_sockets():
        from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
        from detect_secrets.plugins.base import RegexBasedDetector

    plugins: list[Any] = list(get_mapping_from_secret_type_to_class().values())
    services = [plugin for plugin in plugins if issubclass(plugin, RegexBasedDetector)]
    return [pattern for plugin in services for pattern in plugin.denylist]


@contextmanager
def _no_sockets() -> Iterator[None]:
    """Let urllib3, which detect-secrets imports, not try a socket to see whether IPv6 works."""
    there = socket.has_ipv6
    socket.has_ipv6 = False
    try:
        yield
    finally:
        socket.has_ipv6 = there
        if (urllib3 := sys.modules.get("urllib3.util.connection")) is not None:
            urllib3.HAS_IPV6 = there  # type: ignore[attr-defined]


def _recited(text: str, language: Language, common: frozenset[str]) -> Iterator[Span]:
    """Seed phrases, and app passwords in groups of letters."""
    for run in runs(text, common, _BETWEEN):
        forms = [text[start:end] for start, end in run]
        keys = [fold(form) for form in forms]
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
                blank = all(not text[a[1] : b[0]].strip(" -") for a, b in pairwise(run[first:i]))
                if blank and language.drawn_by_lot("".join(group)):
                    yield Span(run[first][0], run[i - 1][1], True)
            first = i


def _is_recited(forms: list[str], keys: list[str]) -> bool:
    """Whether words could be drawn from a list: short ones in one case, hardly any twice."""
    short = sum(3 <= len(key) <= 8 and key.isalpha() for key in keys)
    alike = any(all(map(case, forms[1:])) for case in (str.islower, str.istitle, str.isupper))
    return alike and min(short, len(set(keys))) > 0.9 * len(keys)


def _fits(keys: list[str], language: Language) -> float:
    pairs = list(pairwise(keys))
    return sum(language.familiar(a, b) for a, b in pairs) / max(1, len(pairs))


def runs(
    text: str, common: frozenset[str], between: re.Pattern[str]
) -> Iterator[list[tuple[int, int]]]:
    """Runs of words that hold no prose together, with nothing but `between` between them."""
    run: list[tuple[int, int]] = []
    for match in words(text):
        key = fold(match.group())
        if run and not between.fullmatch(text, run[-1][1], match.start()):
            yield run
            run = []
        if len(key) < 3 or key in common:
            if run:
                yield run
                run = []
        else:
            run.append(match.span())
    if run:
        yield run
