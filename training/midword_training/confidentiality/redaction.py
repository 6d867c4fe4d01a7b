"""What of a team's documents no model may learn: taken out before anything is counted or trained.

Whoever gets a model can read out of it what it learnt. So what looks like a secret
(`secret_shapes`), stands where secrets stand (`secret_places`) or is a name that hardly anybody
mentions gives way to `HIDDEN`, one sign that training shows as a mask and never asks for. A
word that mostly stands in such places is hidden wherever it stands; one that three documents have
in ordinary sentences is a term of the team's.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from midword.text.folding import fold
from midword.text.words import words
from midword_training.confidentiality.oddness import Language
from midword_training.confidentiality.secret_places import places
from midword_training.confidentiality.secret_shapes import FUNCTION_WORDS, Span, shapes
from midword_training.documents.document import TeamDocument

HIDDEN = "\ufffc"
"""Stands in a document for what was taken out: the object replacement character."""

KNOWN_IN = 3
"""Documents that a word, a phrase or a name must stand in to be the team's, not somebody's."""

_FIRM = 10  # ordinary documents that outweigh one that says a word is a secret
_COMMON = 0.005  # share of all words from which on a word of any language holds prose together
_ENGLISH = 0.15  # share of English function words from which on the documents are in English
_CAPITALS = 0.15  # share of capitals inside sentences from which on they tell no names (German)
_INSIDE = re.compile(r"[^\W_][,;]? $")  # what stands before a word inside a sentence


def redact(documents: Sequence[TeamDocument]) -> list[TeamDocument]:
    """The documents without what is confidential; those that are so already stay as they are."""
    if all(document.redacted for document in documents):
        return list(documents)
    read = [_Read.of(document) for document in documents]
    counts = Counter(key for each in read for key in each.keys)
    language, common = Language.of(counts), _holds_together(counts)
    for each in read:
        each.mark([*shapes(each.text, language, common), *places(each.text, language, common)])
    names = _rare_names(read)
    strange = _beside_secrets(read, _Read.strange_words, language)
    pairs = _beside_secrets(read, _Read.strange_pairs, language)
    redacted = []
    for document, each in zip(documents, read, strict=True):
        for unit in (*each.strange_words(language), *each.strange_pairs(language)):
            if unit.key in strange or unit.key in pairs:
                each.hide(unit.start, unit.end)
        for key, match in zip(each.keys, each.matches, strict=True):
            if key in names:
                each.hide(*match.span())
        redacted.append(TeamDocument(document.name, each.left(), redacted=True))
    return redacted


_PLAIN, _SOFTLY, _FIRMLY = range(3)  # how surely a sign of a text is confidential


class _Unit(NamedTuple):
    """A word, or two with a blank between, that could be a secret; where it stands, how surely."""

    key: str
    start: int
    end: int
    surely: int


@dataclass(frozen=True, slots=True)
class _Read:
    """A document's text, its words, their folded forms, and what is known of each sign."""

    text: str
    matches: list[re.Match[str]]
    keys: list[str]
    cover: bytearray

    @classmethod
    def of(cls, document: TeamDocument) -> _Read:
        text = document.text
        matches = list(words(text))
        keys = [fold(match.group()) for match in matches]
        return cls(text, matches, keys, bytearray(len(text)))

    def mark(self, spans: Iterable[Span]) -> None:
        """Note what is confidential; firm spans win."""
        for span in sorted(spans, key=lambda span: span.firm):
            self.hide(span.start, span.end, _FIRMLY if span.firm else _SOFTLY)

    def hide(self, start: int, end: int, surely: int = _FIRMLY) -> None:
        """Note that this part is confidential."""
        self.cover[start:end] = bytes([surely]) * (end - start)

    def strange_words(self, language: Language) -> Iterator[_Unit]:
        """The words that the language lacks."""
        for key, match in zip(self.keys, self.matches, strict=True):
            if not language.knows(key):
                yield _Unit(key, *match.span(), self.cover[match.start()])

    def strange_pairs(self, language: Language) -> Iterator[_Unit]:
        """The words that follow each other as the language's never do."""
        pairs = zip(pairwise(self.keys), pairwise(self.matches), strict=True)
        for (one, other), (first, second) in pairs:
            start, end = first.start(), second.end()
            if self.text[first.end() : second.start()].strip(" -") or "\n" in self.text[start:end]:
                continue
            surely = min(self.cover[start], self.cover[second.start()])
            if min(len(one), len(other)) > 2 and not language.familiar(one, other):
                yield _Unit(f"{one} {other}", start, end, surely)

    def left(self) -> tuple[str, ...]:
        """The paragraphs with one `HIDDEN` for each part that is confidential."""
        parts = (
            HIDDEN if part.group()[0] else self.text[part.start() : part.end()]
            for part in re.finditer(rb"\0+|[^\0]+", self.cover)
        )
        together = re.sub(f"{HIDDEN}(?:[ \t]*{HIDDEN})+", HIDDEN, "".join(parts))
        return tuple(p for p in together.split("\n\n") if any(c.isalpha() for c in p))


def _holds_together(counts: Counter[str]) -> frozenset[str]:
    """English function words, and if the documents are in another language their commonest ones."""
    total = sum(counts.values())
    if sum(counts[word] for word in FUNCTION_WORDS) >= _ENGLISH * total:
        return FUNCTION_WORDS
    return FUNCTION_WORDS | {word for word, count in counts.items() if count >= _COMMON * total}


def _beside_secrets(
    read: Sequence[_Read], units: Callable[[_Read, Language], Iterator[_Unit]], language: Language
) -> set[str]:
    """The units that stand where secrets do in too many documents to be terms of the team's."""
    firm, soft, ordinary = Counter[str](), Counter[str](), Counter[str]()
    for each in read:
        here: defaultdict[str, set[int]] = defaultdict(set)
        for unit in units(each, language):
            here[unit.key].add(unit.surely)
        for key, kinds in here.items():
            firm[key] += _FIRMLY in kinds
            soft[key] += _FIRMLY not in kinds and _SOFTLY in kinds
            ordinary[key] += _PLAIN in kinds
    return {
        key
        for key in {*firm, *soft}
        if (firm[key] or soft[key]) and ordinary[key] < _FIRM * firm[key] + soft[key]
    }


def _rare_names(read: Sequence[_Read]) -> set[str]:
    """Words of fewer than `KNOWN_IN` documents that have a capital wherever it tells something."""
    spread, small, capitals = Counter[str](), Counter[str](), Counter[str]()
    for each in read:
        spread.update(set(each.keys))
        for key, match in zip(each.keys, each.matches, strict=True):
            if not match.group()[0].isupper():
                small[key] += 1
            elif _INSIDE.search(each.text[max(0, match.start() - 3) : match.start()]):
                capitals[key] += 1
    if capitals.total() > _CAPITALS * (capitals.total() + small.total()):
        return set()
    return {key for key in capitals if spread[key] < KNOWN_IN and not small[key]}
