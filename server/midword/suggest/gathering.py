"""What each source says of a gap: gathered once, kept while letters only narrow it."""

import threading
from collections import OrderedDict

import numpy as np

from midword.model.masked_lm import Gap
from midword.suggest.language import common_words, folded_words, reads
from midword.suggest.lexicon import NO_LEXICON, Lexicon
from midword.suggest.memory import Memory
from midword.suggest.phrases import Phrases
from midword.suggest.readings import Readings
from midword.suggest.sources import (
    FewWords,
    LackingWords,
    LexiconSource,
    MemorySource,
    ModelSource,
    Source,
    adapted,
    following,
    mentions,
    neighbours,
    recent,
)
from midword.text.cloze import Cloze
from midword.text.folding import fold

# A word said a few words ago is on the subject, but hardly comes again at once.
_SAME_SENTENCE = 8
# Gaps whose sources are kept for each writer: the one that is typed in and those of grey text.
_GAPS = 8


class Gatherer:
    """Puts the sources of a gap together; safe to use from several threads.

    Args:
        readings: what the model said, or None.
        lexicon: of the model's language; empty where there is none.
        phrases: word n-grams, or None.
        team: word n-grams of the documents that the model was fine-tuned on, or None.

    Attributes:
        phrases: as given.
    """

    def __init__(
        self,
        readings: Readings | None,
        *,
        lexicon: Lexicon,
        phrases: Phrases | None,
        team: Phrases | None,
    ) -> None:
        self.phrases = phrases
        self._readings = readings
        self._lexicon = lexicon
        self._common = common_words(lexicon)
        self._team = team
        self._usual = np.zeros(0, dtype=np.float32)
        if readings is not None:
            usual = [lexicon.probability(key) for key in readings.model.vocabulary.keys]
            self._usual = np.array(usual, dtype=np.float32)
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[object, ...], dict[str, Source]] = OrderedDict()
        self._size = _GAPS

    def serve(self, writers: int) -> None:
        """Keep as much as that many writers need."""
        self._size = _GAPS * max(1, writers)

    def forget(self) -> None:
        """Gather anew from now on."""
        with self._lock:
            self._kept.clear()

    def is_read(self, cloze: Cloze) -> bool:
        """Whether this text is in the model's language or, without a model, the lexicon's."""
        return cloze.readable and reads(self._common, cloze.left, cloze.right)

    def keeps(self, cloze: Cloze, memory: Memory | None, document: str | None) -> bool:
        """Whether the sources of this gap are gathered already."""
        return _state(cloze, memory, document, _at_cursor(cloze, memory)) in self._kept

    def sources(
        self, cloze: Cloze, memory: Memory | None, document: str | None
    ) -> dict[str, Source]:
        """Each source's distribution over the words of a gap, by its name in the mixture.

        They are kept while the gap and the memory stay as they are: letters only narrow.
        """
        at_cursor = _at_cursor(cloze, memory)
        state = _state(cloze, memory, document, at_cursor)
        with self._lock:
            if (known := self._kept.get(state)) is not None:
                return known
        found = self._gathered(cloze, memory, document, at_cursor)
        with self._lock:
            self._kept[state] = found
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)
        return found

    def _gathered(
        self, cloze: Cloze, memory: Memory | None, document: str | None, at_cursor: str
    ) -> dict[str, Source]:
        left, right = folded_words(cloze.left), folded_words(cloze.right)
        found: dict[str, Source] = {}
        is_read = self.is_read(cloze)
        if is_read and self._readings is not None:
            said = ModelSource(
                self._readings.model.vocabulary, self._readings.distribution(gap_of(cloze))
            )
            found["model"] = said
            if len(self._lexicon):  # else nobody knows which words are frequent anyway
                near = mentions(left[:-_SAME_SENTENCE], right[_SAME_SENTENCE:])
                found["adapted"] = adapted(near, said, self._usual)
            if self._team is not None:
                found["team"] = FewWords(self._team.next_words(left, right))
                found["passages"] = FewWords(self._team.recalled(left))
        if is_read and len(self._lexicon):
            found["lexicon"] = LexiconSource(self._lexicon)
        if is_read and self.phrases is not None:
            found["phrases"] = FewWords(self.phrases.next_words(left, right))
        found["recent"] = recent(mentions(left, right))
        if memory is not None:
            if document is not None and (own := memory.document(document)).total:
                found["document"] = MemorySource(memory, own, at_cursor)
            found["workspace"] = MemorySource(memory, memory.everything(), at_cursor)
            found["neighbours"] = neighbours(memory, left, right, at_cursor)
            if (habits := memory.habits).total:
                if is_read:
                    found["lacking"] = LackingWords(habits, self._lexicon)
                else:
                    found["remembered"] = LackingWords(habits, NO_LEXICON)
                found["following"] = following(habits, left)
        return found


def _at_cursor(cloze: Cloze, memory: Memory | None) -> str:
    """The folded word that the gap takes the place of, if it is remembered; else ""."""
    key = fold(cloze.prefix + cloze.rest)
    return key if memory is not None and memory.count(key) else ""


def _state(
    cloze: Cloze, memory: Memory | None, document: str | None, at_cursor: str
) -> tuple[object, ...]:
    """What the sources of a gap depend on."""
    version = -1 if memory is None else memory.version
    return gap_of(cloze), at_cursor, document, id(memory), version


def gap_of(cloze: Cloze) -> Gap:
    """What the model is asked about a cloze: letters typed make no difference."""
    return Gap(cloze.left, cloze.right)
