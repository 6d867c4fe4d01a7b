"""From a cloze to a ranked list of words.

What could stand in a word's place, and what follows, is asked of it in `alternatives.py` and
`continuation.py`.
"""

import time
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache, partial

from midword.model.masked_lm import MaskedLM
from midword.suggest.blocklist import Blocklist, Screen
from midword.suggest.casing import Casing, follows_name, is_shouting
from midword.suggest.dictionary import Dictionary
from midword.suggest.gathering import Gatherer, gap_of
from midword.suggest.language import is_english
from midword.suggest.lexicon import NO_LEXICON, Lexicon
from midword.suggest.memory import Memory
from midword.suggest.mixture import MOST_LETTERS, Blend, Mixture
from midword.suggest.phrases import Phrases
from midword.suggest.ranking import FROM_MEMORY, GapWords, Suggestion
from midword.suggest.readings import Reading, Readings
from midword.suggest.sources import Source
from midword.suggest.statistics import Statistics
from midword.text.cloze import Cloze
from midword.text.folding import fold
from midword.text.words import HYPHENS

# Gaps whose distributions are kept (0.1 MB each for 30,000 words): for each writer, and in common.
_DISTRIBUTIONS, _STOCK = 16, 48
# Letters that leave few enough words to rank in no time.
_NARROW = 2


class Suggester:
    """Ranks words for gaps; one forward pass for each gap, kept for its further letters.

    Safe to use from several threads.

    Args:
        model: the resident model, or None: phrases, lexicon, memory and dictionaries alone.
        lexicon: usual forms and frequencies in the model's language, empty where there are none;
            an attribute too.
        phrases: word n-grams, or None.
        mixture: how much each source is trusted.
        team: word n-grams of the documents that the model was fine-tuned on, or None.
        is_complete: whether the lexicon was counted for this model: what it lacks is no word then.
            A model from elsewhere knows words of its own.
        blocklist: words that are not offered of themselves; None: there are none; an attribute
            too.
        cache_size: gaps whose distribution is kept.
        on_demand: whether the model is asked here, by whoever waits for a list; else what needs
            a pass raises `UnreadError`.

    Attributes:
        readings: what the model said so far; None without a model.
        statistics: of the lists made.
    """

    def __init__(
        self,
        model: MaskedLM | None,
        *,
        lexicon: Lexicon,
        phrases: Phrases | None,
        mixture: Mixture,
        team: Phrases | None = None,
        is_complete: bool = True,
        blocklist: Blocklist | None = None,
        cache_size: int = _STOCK + _DISTRIBUTIONS,
        on_demand: bool = True,
    ) -> None:
        self.model = model
        self.statistics = Statistics()
        self.lexicon = lexicon
        self.readings: Readings | None = None
        if model is not None:
            self.readings = Readings(model, size=cache_size, on_demand=on_demand)
        self._gatherer = Gatherer(self.readings, lexicon=lexicon, phrases=phrases, team=team)
        self._is_english = model is None or is_english(model.language)
        self._is_complete = is_complete
        self._latest: tuple[Cloze, tuple[object, ...], GapWords] | None = None
        self._blend = lru_cache(maxsize=64)(partial(_blend, mixture))
        self.blocklist = blocklist or Blocklist()

    def unread(self, cloze: Cloze) -> Reading | None:
        """What the model must be asked before a list for this gap; None if nothing."""
        if self.readings is None or self.readings.knows(reading := Reading(gap_of(cloze))):
            return None  # which language it is in takes longer to tell
        return reading if self.is_read(cloze) else None

    def is_ready(self, cloze: Cloze) -> bool:
        """Whether a list for this gap needs no forward pass."""
        return self.unread(cloze) is None

    def narrows(self, cloze: Cloze, *, memory: Memory | None, document: str | None) -> bool:
        """Whether letters only narrow what is known of a gap; then a list takes half a millisecond.

        The first one of a word takes several times that: its sources are gathered, and the words
        of all of them that begin with one letter ranked.
        """
        is_narrow = len(cloze.prefix) >= _NARROW
        return is_narrow and self._gatherer.keeps(cloze, memory, document)

    def serve(self, writers: int) -> None:
        """Keep as much as that many writers need."""
        self._gatherer.serve(writers)
        if self.readings is not None:
            self.readings.size = _STOCK + _DISTRIBUTIONS * max(1, writers)

    def forget(self) -> None:
        """Ask the model anew from now on."""
        if self.readings is not None:
            self.readings.forget()
        self._gatherer.forget()
        self._latest = None

    def suggest(
        self,
        cloze: Cloze,
        *,
        memory: Memory | None = None,
        document: str | None = None,
        dictionaries: Sequence[Dictionary] = (),
        limit: int = 10,
        memory_weight: float = 1.0,
        is_grey: bool = False,
    ) -> list[Suggestion]:
        """The likeliest words for a gap, best first.

        Args:
            cloze: the gap, with what is typed of the word.
            memory: the writer's own texts.
            document: the current document's key in the memory.
            dictionaries: words to offer too, and words never to offer.
            limit: the longest list.
            memory_weight: a factor on the memory's fitted weights; 0 leaves it out.
            is_grey: whether they are for grey text, which is shown without being asked for.
        """
        began = time.perf_counter()
        if not self.is_ready(cloze):
            self.statistics.misses += 1
        memory = memory if memory_weight > 0 else None
        gap_words = self.gap_words(cloze, memory, document, memory_weight)
        screen = self.screen(cloze, memory, document, dictionaries, is_grey=is_grey)
        found = gap_words.ranked(cloze, dictionaries, limit, screen)
        if any(sign in cloze.prefix for sign in HYPHENS) and len(found) < limit:
            found += self._after_hyphen(cloze, found, limit, dictionaries, screen)
        self.statistics.count(time.perf_counter() - began)
        return found

    def finished(
        self,
        cloze: Cloze,
        *,
        memory: Memory | None = None,
        document: str | None = None,
        memory_weight: float = 1.0,
    ) -> float:
        """How likely the letters typed are a whole word, 0 to 1; arguments as for `suggest`."""
        memory = memory if memory_weight > 0 else None
        return self.gap_words(cloze, memory, document, memory_weight).finished(cloze)

    def is_read(self, cloze: Cloze) -> bool:
        """Whether this text is in the model's language or, without a model, the lexicon's."""
        return self._gatherer.is_read(cloze)

    def sources(
        self, cloze: Cloze, *, memory: Memory | None = None, document: str | None = None
    ) -> dict[str, Source]:
        """Each source's distribution over the words of a gap, by its name in the mixture."""
        return self._gatherer.sources(cloze, memory, document)

    def gap_words(
        self, cloze: Cloze, memory: Memory | None, document: str | None, memory_weight: float
    ) -> GapWords:
        """What is known of the words of a gap; a list and its restraint ask one after the other."""
        version = -1 if memory is None else memory.version
        state = (id(memory), version, document, memory_weight)
        if (latest := self._latest) and latest[0] is cloze and latest[1] == state:
            return latest[2]
        is_read = self.is_read(cloze)
        casing = Casing(
            self.lexicon if is_read else NO_LEXICON,
            memory,
            standing=cloze.prefix + cloze.rest,
            shouts=is_shouting(cloze.left, cloze.right),
            near=f"{cloze.left} {cloze.right}",
            follows_name=follows_name(cloze.left),
        )
        found = GapWords(
            self.sources(cloze, memory=memory, document=document),
            self._blend(min(len(cloze.prefix), MOST_LETTERS), bool(cloze.right), memory_weight),
            casing,
            is_english=is_read and self._is_english,
            is_complete=self._is_complete,
        )
        self._latest = cloze, state, found
        return found

    def screen(
        self,
        cloze: Cloze,
        memory: Memory | None,
        document: str | None,
        dictionaries: Sequence[Dictionary],
        *,
        standing: str | None = None,
        is_grey: bool = False,
    ) -> Screen:
        """What is left out of the words for a gap."""
        counts = memory.document(document) if memory is not None and document is not None else None
        return Screen(
            self.blocklist,
            cloze,
            dictionaries,
            counts.words if counts is not None else None,
            cloze.prefix + cloze.rest if standing is None else standing,
            is_grey,
        )

    def _after_hyphen(
        self,
        cloze: Cloze,
        whole: Sequence[Suggestion],
        limit: int,
        dictionaries: Sequence[Dictionary],
        screen: Screen,
    ) -> list[Suggestion]:
        """Compounds that no source has whole: the part after the hyphen is a word of its own."""
        hyphen = max(cloze.prefix.rfind(sign) for sign in HYPHENS)
        head, tail = cloze.prefix[: hyphen + 1], cloze.prefix[hyphen + 1 :]
        left = f"{cloze.left}{head[:-1]}-"
        part = replace(cloze, left=left, prefix=tail, starts_sentence=False)
        if len(head) < 2 or not self.is_read(part):
            return []
        taken = {fold(item.word) for item in whole}
        parts = self.suggest(part, dictionaries=dictionaries, limit=limit, is_grey=screen.is_grey)
        found = [replace(item, word=head + item.word) for item in parts]
        return [
            item
            for item in found
            if (key := fold(item.word)) not in taken and screen.verdict(key) == "pass"
        ][: limit - len(whole)]


def _blend(mixture: Mixture, letters: int, has_right: bool, memory_weight: float) -> Blend:
    """How the sources are put together in a situation; the memory's weights get a factor."""
    blend = mixture.of(letters, has_right)
    weights = {
        name: weight * (memory_weight if name in FROM_MEMORY else 1.0)
        for name, weight in blend.weights.items()
    }
    return replace(blend, weights=weights)
