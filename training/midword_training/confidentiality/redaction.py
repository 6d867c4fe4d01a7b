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
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from midword_training.confidentiality.found_words import FoundWords, folded
from midword_training.confidentiality.oddness import Language
from midword_training.confidentiality.secret_places import places
from midword_training.confidentiality.secret_shapes import FUNCTION_WORDS, Shapes
from midword_training.documents.document import TeamDocument
from midword_training.documents.side_by_side import for_each_run

HIDDEN = "\ufffc"
"""Stands in a document for what was taken out: the object replacement character."""

KNOWN_IN = 3
"""Documents that a word, a phrase or a name must stand in to be the team's, not somebody's."""

_FIRM = 10  # ordinary documents that outweigh one that says a word is a secret
_COMMON = 0.005  # share of all words from which on a word of any language holds prose together
_ENGLISH = 0.15  # share of English function words from which on the documents are in English
_CAPITALS = 0.15  # share of capitals inside sentences from which on they tell no names (German)
_INSIDE = re.compile(r"[^\W_][,;]? $")  # what stands before a word inside a sentence


def redact(documents: Sequence[TeamDocument]) -> Sequence[TeamDocument]:
    """The documents without what is confidential; those that are so already stay as they are."""
    if all(document.redacted for document in documents):
        return documents
    redaction = Redaction(documents)
    return [redaction.of(number) for number in range(len(documents))]


class Redaction:
    """What is confidential in some documents, found in three passes over them.

    The first counts their words, the second marks what looks like a secret or stands where secrets
    do, the third counts where else such words stand. No pass holds more than a run of documents.

    Args:
        documents: all of them, for what one says is judged by what the others do.
        processes: that share the work.
    """

    def __init__(self, documents: Sequence[TeamDocument], processes: int = 1) -> None:
        self._documents, self._processes = documents, processes
        counts, self._names = self._count()
        self._language, self._common = Language.of(counts), _holds_together(counts)
        del counts
        self._spans: list[NDArray[np.int32]] = []
        firm, soft = self._mark()
        ordinary = self._count_ordinary(_Wanted({*firm, *soft}))
        self._secrets = _Wanted(
            key for key in {*firm, *soft} if ordinary[key] < _FIRM * firm[key] + soft[key]
        )

    def of(self, number: int) -> TeamDocument:
        """A document without what is confidential."""
        document = self._documents[number]
        if document.redacted:
            return document
        each = self._read(number)
        for unit in list(each.found(self._secrets)):
            each.hide(unit.start, unit.end)
        if not self._names.isdisjoint(each.words.keys):
            for key, match in zip(each.words.keys, each.words.matches, strict=True):
                if key in self._names:
                    each.hide(*match.span())
        return TeamDocument(document.name, each.left(), redacted=True)

    def _read(self, number: int) -> _Read:
        each = _Read.of(self._documents[number])
        each.mark(self._spans[number].tolist())
        return each

    def _count(self) -> tuple[Counter[str], set[str]]:
        """How often each word stands in them, and the names that hardly any document has."""
        counts, spread = Counter[str](), Counter[str]()
        small, capitals = Counter[str](), Counter[str]()

        def count(numbers: range) -> tuple[Counter[str], ...]:
            return _counted(FoundWords.of(self._documents[number].text) for number in numbers)

        for found in for_each_run(self._documents, count, self._processes):
            for total, here in zip((counts, spread, small, capitals), found, strict=True):
                total.update(here)
        if capitals.total() > _CAPITALS * (capitals.total() + small.total()):
            return counts, set()
        return counts, {key for key in capitals if spread[key] < KNOWN_IN and not small[key]}

    def _mark(self) -> tuple[Counter[str], Counter[str]]:
        """Mark each document; returns in how many a unit is firmly, and else softly, a secret."""
        firm, soft = Counter[str](), Counter[str]()
        shapes = Shapes(self._language, self._common)

        def mark(numbers: range) -> tuple[list[NDArray[np.int32]], Counter[str], Counter[str]]:
            marked, firmly, softly = [], Counter[str](), Counter[str]()
            for number in numbers:
                each = _Read.of(self._documents[number])
                text = each.words.text
                found = [*shapes.of(each.words), *places(text, self._language, self._common)]
                found.sort(key=lambda span: span.firm)
                marked.append(np.asarray(found, dtype=np.int32).reshape(-1, 3))
                each.mark(marked[-1].tolist())
                kinds: defaultdict[str, set[int]] = defaultdict(set)
                for unit in each.marked():
                    if unit.is_strange(self._language):
                        kinds[unit.key].add(unit.surely)
                firmly.update(key for key, how in kinds.items() if _FIRMLY in how)
                softly.update(key for key, how in kinds.items() if _FIRMLY not in how)
            return marked, firmly, softly

        for marked, firmly, softly in for_each_run(self._documents, mark, self._processes):
            self._spans += marked
            firm.update(firmly)
            soft.update(softly)
        return firm, soft

    def _count_ordinary(self, wanted: _Wanted) -> Counter[str]:
        """In how many documents some units stand in ordinary sentences too."""
        ordinary = Counter[str]()

        def count(numbers: range) -> Counter[str]:
            found = Counter[str]()
            for number in numbers:
                each = self._read(number)
                found.update({u.key for u in each.found(wanted) if u.surely == _PLAIN})
            return found

        for found in for_each_run(self._documents, count, self._processes):
            ordinary.update(found)
        return ordinary


_PLAIN, _SOFTLY, _FIRMLY = range(3)  # how surely a sign of a text is confidential
_MARKED = re.compile(rb"[^\0]+")


class _Unit(NamedTuple):
    """A word, or two with a blank between, that could be a secret; where it stands, how surely."""

    key: str
    start: int
    end: int
    surely: int

    def is_strange(self, language: Language) -> bool:
        """Whether the language lacks the word, or never has the second one after the first."""
        one, _, other = self.key.partition(" ")
        if not other:
            return not language.knows(one)
        return min(len(one), len(other)) > 2 and not language.familiar(one, other)


class _Wanted:
    """Keys of units to look for."""

    def __init__(self, keys: Iterable[str]) -> None:
        self.keys = frozenset(keys)
        self.begin = frozenset(key.partition(" ")[0] for key in self.keys)


def _counted(texts: Iterable[FoundWords]) -> tuple[Counter[str], ...]:
    """Of some texts' words: occurrences, texts, occurrences in small letters, and with a capital
    inside a sentence.
    """
    forms, counts, spread = Counter[str](), Counter[str](), Counter[str]()
    small, capitals = Counter[str](), Counter[str]()
    for found in texts:
        forms.update(found.forms)
        spread.update(set(found.keys))
        text = found.text
        for number, form in enumerate(found.forms):
            if form[0].isupper():
                start = found.matches[number].start()
                if _INSIDE.search(text[max(0, start - 3) : start]):
                    capitals[found.keys[number]] += 1
    for form, count in forms.items():
        counts[folded(form)] += count
        if not form[0].isupper():
            small[folded(form)] += count
    return counts, spread, small, capitals


@dataclass(frozen=True, slots=True)
class _Read:
    """A document's words, and what is known of each sign of its text."""

    words: FoundWords
    cover: bytearray

    @classmethod
    def of(cls, document: TeamDocument) -> _Read:
        text = document.text
        return cls(FoundWords.of(text), bytearray(len(text)))

    def mark(self, spans: Iterable[Sequence[int]]) -> None:
        """Note what is confidential, and whether firmly; later spans win."""
        for start, end, firm in spans:
            self.hide(start, end, _FIRMLY if firm else _SOFTLY)

    def hide(self, start: int, end: int, surely: int = _FIRMLY) -> None:
        """Note that this part is confidential."""
        self.cover[start:end] = bytes([surely]) * (end - start)

    def marked(self) -> Iterator[_Unit]:
        """The words, and the pairs, that stand where something is confidential."""
        for part in _MARKED.finditer(self.cover):
            for number in self.words.between(*part.span()):
                yield self._word(number)
                if (pair := self._pair(number)) and pair.surely:
                    yield pair

    def found(self, wanted: _Wanted) -> Iterator[_Unit]:
        """The units that are wanted."""
        keys, begin = self.words.keys, wanted.begin
        for number in [i for i, key in enumerate(keys) if key in begin]:
            if keys[number] in wanted.keys:
                yield self._word(number)
            if " ".join(keys[number : number + 2]) in wanted.keys and (pair := self._pair(number)):
                yield pair

    def _word(self, number: int) -> _Unit:
        start, end = self.words.matches[number].span()
        return _Unit(self.words.keys[number], start, end, self.cover[start])

    def _pair(self, first: int) -> _Unit | None:
        """A word and the next one, if nothing but a blank or a hyphen stands between them."""
        found = self.words
        if first + 1 == len(found.keys):
            return None
        (start, behind), (before, end) = (found.matches[first + i].span() for i in (0, 1))
        if found.text[behind:before].strip(" -"):
            return None
        surely = min(self.cover[start], self.cover[before])
        return _Unit(f"{found.keys[first]} {found.keys[first + 1]}", start, end, surely)

    def left(self) -> tuple[str, ...]:
        """The paragraphs with one `HIDDEN` for each part that is confidential."""
        parts = (
            HIDDEN if part.group()[0] else self.words.text[part.start() : part.end()]
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
