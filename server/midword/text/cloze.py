"""The question that a place in a document asks: which word stands between this and that?"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from midword.text.document import Document
from midword.text.languages.reader import HIDDEN, SIGN, is_hidden
from midword.text.prose import clean, is_supported, prose_of
from midword.text.words import LETTER, LONGEST_WORD, MARK, is_glued, is_in_pair, word_span

CONTEXT = 500
"""Characters of prose on either side of the word, by default."""

_STRAIGHT = {
    **dict.fromkeys(map(ord, "\u2018\u2019\u201a\u201b\u02bc\u2032"), "'"),
    **dict.fromkeys(map(ord, "\u201c\u201d\u201e\u201f\u2033"), '"'),
    **dict.fromkeys(map(ord, "\u2010\u2011"), "-"),
    **dict.fromkeys(map(ord, "\u00a0\u1680\u202f\u205f\u3000\t"), " "),
    **dict.fromkeys(range(0x2000, 0x200B), " "),
    **dict.fromkeys(range(0xD800, 0xE000), "\ufffd"),
}
_ABBREVIATION = re.compile(
    r"""(?:^|[\s(])(?:[A-Za-z]|e\.g|i\.e|a\.m|p\.m|cf|vs|al|etc|approx|ca|nos|fig|figs|eq|eqs
    |sec|ch|vol|pp|ed|eds|mr|mrs|ms|dr|prof|st|sr|jr|gen|col|sgt|capt|lt|rev|hon|inc|ltd|co|corp
    |u\.s|u\.k|jan|feb|mar|apr|jun|jul|aug|sep|sept|oct|nov|dec)\.$""",
    re.VERBOSE | re.IGNORECASE,
)
_OPENERS = " \"'([{\u00ab\u2039\u00bf\u00a1*_"
_CLOSERS = "\"')]}\u00bb\u203a"
_LATIN = re.compile(r"[A-Za-z\u00aa\u00ba\u00c0-\u024f\u1e00-\u1eff]")
_LAST_LETTERS = re.compile(rf"(?P<more>\w{MARK}*)?{LETTER.pattern}{MARK}*$")
_NEARBY = 200


@dataclass(frozen=True, slots=True)
class Cloze:
    """The word at the cursor, and the prose around it with the word taken out."""

    left: str
    """Prose left of the word, normalised; paragraphs are parted by a newline."""
    prefix: str
    """The word's letters left of the cursor, as the writer typed them."""
    rest: str
    """The word's letters right of the cursor."""
    right: str
    """Prose right of the word, normalised."""
    start: int
    """The offset in the document at which the word begins (or would, if it is empty)."""
    end: int
    """The offset at which `rest` ends."""
    starts_sentence: bool
    """Whether the word stands first in its sentence, heading, list item or paragraph."""
    readable: bool
    """Whether the text is in the Latin script, the one that the models read."""


def normalise(text: str) -> str:
    """Straighten quotes, make every blank a space and lone surrogates U+FFFD, one for one."""
    return text.translate(_STRAIGHT)


def cloze_at(document: Document, offset: int, *, context: int = CONTEXT) -> Cloze | None:
    """Return the cloze at an offset, or None if no word of prose can stand there.

    `context` bounds `left` and `right`, in characters.
    """
    prose = prose_of(document)
    offset = min(max(offset, 0), len(document))
    passage = prose.around(offset, context) if prose else None
    if passage is None or (passage.left and is_hidden(passage.left[-1])):
        return None
    text = passage.left[-LONGEST_WORD * 2 :] + passage.right[: LONGEST_WORD * 2]
    at = len(text) - len(passage.right[: LONGEST_WORD * 2])
    start, end = word_span(text, at) or (at, at)
    glued = is_glued(text, start, end) and not is_in_pair(text, start, end)
    if glued or _is_piece(text, start, end) or _follows_dot(text, start, end):
        return None
    back, ahead = at - start, end - at
    before = passage.left[: len(passage.left) - back]
    sides = _sides(passage.before, before, passage.right[ahead:], passage.after, context)
    follows_code = _follows_code(document, before, offset - back)
    return Cloze(
        left=sides.left,
        prefix=text[start:at],
        rest=text[at:end],
        right=sides.right,
        start=offset - back,
        end=offset + ahead,
        starts_sentence=sides.starts_sentence and not follows_code,
        readable=_is_readable(text[start:end], sides),
    )


def cloze_between(
    left: str, right: str = "", language_id: str = "plaintext", *, context: int = CONTEXT
) -> Cloze | None:
    """Return the cloze between two texts, as `cloze_at` does in a document that they make.

    Raises:
        ValueError: the language is none that is read.
    """
    if not is_supported(language_id):
        raise ValueError(f"{language_id!r} is not a language that Midword reads.")
    document = Document("", language_id, 0, left + right)
    return cloze_at(document, len(left), context=context)


class _Sides(NamedTuple):
    """The prose on both sides of a word."""

    left: str
    """See :class:`Cloze`, as for the next two."""
    right: str
    starts_sentence: bool
    letters: int
    """Letters near the word."""
    latin: int
    """Those of them in the Latin script."""


def forget() -> None:
    """Keep no text of what was read before."""
    _sides.cache_clear()


@lru_cache(maxsize=64)
def _sides(before: str, left: str, right: str, after: str, context: int) -> _Sides:
    """Clean what stands around a word; the letters typed leave it as it is, so it is kept.

    Args:
        before: the prose of earlier blocks.
        left: the word's block up to the word, veiled.
        right: the rest of the block, veiled.
        after: the prose of later blocks.
        context: characters to keep on either side.
    """
    left, right = clean(left).lstrip(), clean(right).rstrip()
    if before:
        left = f"{before}\n{left}"
    if after:
        right = f"{right}\n{after}"
    left, right = normalise(left), normalise(right)
    near = left[-_NEARBY:] + right[:_NEARBY]
    return _Sides(
        left=_last(left, context),
        right=_first(right, context),
        starts_sentence=starts_sentence(left),
        letters=len(LETTER.findall(near)),
        latin=len(_LATIN.findall(near)),
    )


def starts_sentence(left: str) -> bool:
    """Whether a word that follows `left`, which is normalised, begins a sentence."""
    left = left[-80:].rstrip(_OPENERS)
    if not left or left.endswith("\n"):
        return True
    left = left.rstrip(_CLOSERS)
    if left.endswith("."):
        return not (_ABBREVIATION.search(left) or left.endswith(".."))
    return left.endswith(("!", "?"))


def _is_piece(text: str, start: int, end: int) -> bool:
    """Whether more letters follow what stands at start:end, or would but for signs of markup.

    That is so in **bo**ld, and in a run of letters too long for a word.
    """
    before, after = text[:start].rstrip(SIGN), text[end:].lstrip(SIGN)
    return bool(LETTER.match(before[-1:]) or (start < end and LETTER.match(after)))


def _follows_dot(text: str, start: int, end: int) -> bool:
    """Whether a letter and a dot stand directly before, as in "p.m", "e.g" and "config.yaml".

    With nothing typed, a sentence may have ended so; after a single letter it is a short form.
    """
    before = text[:start].rstrip(SIGN)
    if not before.endswith("."):
        return False
    last = _LAST_LETTERS.search(before[:-1].rstrip(SIGN))
    return last is not None and (start < end or last["more"] is None)


def _follows_code(document: Document, veiled: str, offset: int) -> bool:
    """Whether code or maths, which `left` doesn't show, is what stands before the word."""
    shown = veiled.rstrip(" ")
    if not shown.endswith(HIDDEN):
        return False
    last = offset - (len(veiled) - len(shown)) - 1
    return document.slice(last, last + 1) in "`$=~)"


def _last(text: str, length: int) -> str:
    """Return the end of a text, cut before a word."""
    if len(text) <= length:
        return text
    part = text[-length:] if length > 0 else ""
    blank = part.find(" ")
    return part[blank + 1 :] if 0 <= blank < LONGEST_WORD else part


def _first(text: str, length: int) -> str:
    """Return the beginning of a text, cut behind a word."""
    if len(text) <= length:
        return text
    part = text[: max(length, 0)]
    blank = part.rfind(" ")
    return part[:blank] if blank >= len(part) - LONGEST_WORD and blank >= 0 else part


def _is_readable(word: str, sides: _Sides) -> bool:
    """Whether what the writer types, and most of the text around it, is in Latin letters."""
    letters, latin = len(LETTER.findall(word)), len(_LATIN.findall(word))
    return 2 * latin >= letters and 2 * (latin + sides.latin) >= letters + sides.letters
