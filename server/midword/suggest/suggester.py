"""From a cloze to a ranked list of words."""

import math
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from midword.model.masked_lm import Gap, MaskedLM
from midword.suggest.casing import Casing
from midword.suggest.dictionary import Dictionary
from midword.suggest.lexicon import Lexicon
from midword.suggest.memory import Memory
from midword.suggest.mixture import Mixture
from midword.suggest.phrases import Phrases
from midword.suggest.ranking import FROM_MEMORY, GapWords, Suggestion
from midword.suggest.reading import folded_words, reads
from midword.suggest.sources import (
    FewWords,
    LexiconSource,
    MemorySource,
    ModelSource,
    Source,
    adapted,
    mentions,
    neighbours,
    recent,
)
from midword.text.cloze import Cloze
from midword.text.folding import fold

# A word said a few words ago is on the subject, but hardly comes again at once.
_SAME_SENTENCE = 8
# Gaps whose sources are kept: the one that is typed in, and those of other windows.
_GAPS = 8


@dataclass(frozen=True, slots=True)
class Alternatives:
    """What could stand in a word's place, and how the word itself fares.

    Attributes:
        suggestions: best first.
        probability: of the word that stands there, 0 to 1.
        rank: of the word that stands there, from 1; None where it is not among the candidates.
    """

    suggestions: list[Suggestion]
    probability: float
    rank: int | None


@dataclass(slots=True)
class Statistics:
    """Counts and timings, never words.

    Attributes:
        passes: forward passes of the model.
        hits: lists whose gap was known; ``misses``: lists that needed a pass.
        latencies: seconds of the last lists.
    """

    passes: int = 0
    hits: int = 0
    misses: int = 0
    latencies: deque[float] = field(default_factory=lambda: deque(maxlen=1000))


class Suggester:
    """Ranks words for gaps; one forward pass for each gap, kept for its further letters.

    Safe to use from several threads.

    Args:
        model: the resident model, or None: phrases, lexicon, memory and dictionaries alone.
        lexicon: usual forms and frequencies; an attribute too.
        phrases: word n-grams, or None.
        mixture: how much each source is trusted.
        team: word n-grams of the documents that the model was fine-tuned on, or None.
        cache_size: gaps whose distribution is kept (0.1 MB each for 30,000 words).
    """

    def __init__(
        self,
        model: MaskedLM | None,
        *,
        lexicon: Lexicon,
        phrases: Phrases | None,
        mixture: Mixture,
        team: Phrases | None = None,
        cache_size: int = 64,
    ) -> None:
        self.statistics = Statistics()
        self.lexicon = lexicon
        self._lock = threading.Lock()
        self._cache: OrderedDict[Gap, npt.NDArray[np.float32]] = OrderedDict()
        self._sources: OrderedDict[tuple[object, ...], dict[str, Source]] = OrderedDict()
        self.model = model
        self._phrases = phrases
        self._team = team
        self._mixture = mixture
        self._cache_size = cache_size

    @property
    def model(self) -> MaskedLM | None:
        """The resident model; setting another forgets what the last one said."""
        return self._model

    @model.setter
    def model(self, model: MaskedLM | None) -> None:
        words = model.vocabulary.keys if model is not None else []
        usual = np.array([self.lexicon.probability(key) for key in words], dtype=np.float32)
        with self._lock:
            self._model = model
            self._usual = usual
            self._cache.clear()
            self._sources.clear()

    def is_ready(self, cloze: Cloze) -> bool:
        """Whether a list for this gap needs no forward pass."""
        if self._model is None or _gap(cloze) in self._cache:
            return True
        return not self._is_read(cloze)

    def prepare(self, cloze: Cloze) -> None:
        """Run the gap's forward pass if it is not kept yet."""
        model = self._model
        if model is not None and not self.is_ready(cloze):
            self._distribution(cloze, model)

    def suggest(
        self,
        cloze: Cloze,
        *,
        memory: Memory | None = None,
        document: str | None = None,
        dictionaries: Sequence[Dictionary] = (),
        limit: int = 10,
        memory_weight: float = 1.0,
    ) -> list[Suggestion]:
        """The likeliest words for a gap, best first.

        Args:
            cloze: the gap, with what is typed of the word.
            memory: the writer's own texts.
            document: the current document's key in the memory.
            dictionaries: words to offer too, and words never to offer.
            limit: the longest list.
            memory_weight: a factor on the memory's fitted weights; 0 leaves it out.
        """
        began = time.perf_counter()
        ready = self.is_ready(cloze)
        memory = memory if memory_weight > 0 else None
        gap_words = self._gap_words(cloze, memory, document, memory_weight)
        found = gap_words.ranked(cloze, dictionaries, limit)
        if "-" in cloze.prefix and len(found) < limit:
            whole = {fold(item.word) for item in found}
            parts = self._after_hyphen(cloze, limit)
            found += [item for item in parts if fold(item.word) not in whole][: limit - len(found)]
        with self._lock:
            self.statistics.latencies.append(time.perf_counter() - began)
            if ready:
                self.statistics.hits += 1
            else:
                self.statistics.misses += 1
        return found

    def confidence(self, suggestions: Sequence[Suggestion]) -> float:
        """How sure a list is: the first word's probability."""
        return suggestions[0].probability if suggestions else 0.0

    def alternatives(
        self,
        cloze: Cloze,
        *,
        memory: Memory | None = None,
        document: str | None = None,
        dictionaries: Sequence[Dictionary] = (),
        limit: int = 8,
    ) -> Alternatives:
        """What could stand where a whole word (prefix and rest) stands."""
        word = cloze.prefix + cloze.rest
        open_gap = replace(cloze, prefix="", rest="")
        gap_words = self._gap_words(replace(open_gap, rest=word), memory, document, 1.0)
        ranked = gap_words.ranked(open_gap, dictionaries, limit=200)
        key = fold(word)
        rank = next((n for n, item in enumerate(ranked, 1) if fold(item.word) == key), None)
        probability = ranked[rank - 1].probability if rank else gap_words.probability(key)
        model = self._model
        if word and model is not None and self._is_read(cloze) and not model.vocabulary.find(key):
            # A word of several pieces: the model's opinion needs passes of its own.
            (score,) = model.score_words(_gap(cloze), [word])
            probability = max(probability, math.exp(score))
        return Alternatives(suggestions=ranked[:limit], probability=probability, rank=rank)

    def continuation(
        self,
        cloze: Cloze,
        *,
        memory: Memory | None = None,
        document: str | None = None,
        dictionaries: Sequence[Dictionary] = (),
        max_words: int = 3,
        min_probability: float = 0.5,
        first: str | None = None,
    ) -> str:
        """The word at the gap and the next ones while they are sure, greedily.

        Args:
            max_words: the most words, the first included.
            min_probability: stop before a word that is less likely.
            first: the first word, where it is chosen already.

        Returns:
            Whole words with blanks between them; "" if even the first is unsure.
        """
        found: list[str] = []
        while len(found) < max_words:
            if first is not None and not found:
                word = first
            else:
                best = self.suggest(
                    cloze, memory=memory, document=document, dictionaries=dictionaries, limit=1
                )
                if not best or best[0].probability < min_probability:
                    break
                word = best[0].word
            found.append(word)
            left = cloze.left + word + " "
            cloze = replace(cloze, left=left, prefix="", rest="", starts_sentence=False)
            # Past the last word before the right context, the text is complete.
            if folded_words(cloze.right)[:1] == [fold(word)]:
                found.pop()
                break
        return " ".join(found)

    def _is_read(self, cloze: Cloze) -> bool:
        """Whether this text is in the model's language or, without a model, the lexicon's."""
        model = self._model
        if not cloze.readable or (model is not None and model.language != "en"):
            return cloze.readable
        return reads(self.lexicon, cloze.left, cloze.right)

    def _distribution(self, cloze: Cloze, model: MaskedLM) -> npt.NDArray[np.float32]:
        """The model's probabilities at a gap, float32 [words of the vocabulary]."""
        gap = _gap(cloze)
        with self._lock:
            if model is self._model and (known := self._cache.get(gap)) is not None:
                self._cache.move_to_end(gap)
                return known
        logits = model.word_logits([gap])[0]
        weights = np.exp(logits - logits.max())
        probabilities = np.asarray(weights / weights.sum(), dtype=np.float32)
        with self._lock:
            self.statistics.passes += 1
            if model is self._model:
                self._cache[gap] = probabilities
                while len(self._cache) > self._cache_size:
                    self._cache.popitem(last=False)
        return probabilities

    def sources(
        self, cloze: Cloze, *, memory: Memory | None = None, document: str | None = None
    ) -> dict[str, Source]:
        """Each source's distribution over the words of a gap, by its name in the mixture.

        They are kept while the gap and the memory stay as they are: letters only narrow.
        """
        at_cursor = fold(cloze.prefix + cloze.rest)
        if memory is None or not memory.count(at_cursor):
            at_cursor = ""
        version = -1 if memory is None else memory.version
        state = (_gap(cloze), at_cursor, document, id(memory), version, id(self._model))
        with self._lock:
            if (known := self._sources.get(state)) is not None:
                return known
        found = self._fresh_sources(cloze, memory, document, at_cursor)
        with self._lock:
            self._sources[state] = found
            while len(self._sources) > _GAPS:
                self._sources.popitem(last=False)
        return found

    def _fresh_sources(
        self, cloze: Cloze, memory: Memory | None, document: str | None, at_cursor: str
    ) -> dict[str, Source]:
        left, right = folded_words(cloze.left), folded_words(cloze.right)
        found: dict[str, Source] = {}
        with self._lock:  # another model may come any time
            model, usual = self._model, self._usual
        is_read = self._is_read(cloze)
        if is_read and model is not None:
            said = ModelSource(model.vocabulary, self._distribution(cloze, model))
            near = mentions(left[:-_SAME_SENTENCE], right[_SAME_SENTENCE:])
            found["model"] = said
            found["adapted"] = adapted(near, said, usual)
            if self._team is not None:
                found["team"] = FewWords(self._team.next_words(left, right))
                found["passages"] = FewWords(self._team.recalled(left))
        if is_read and (model is None or model.language == "en"):
            found["lexicon"] = LexiconSource(self.lexicon)
            if self._phrases is not None:
                found["phrases"] = FewWords(self._phrases.next_words(left, right))
        found["recent"] = recent(mentions(left, right))
        if memory is not None:
            if document is not None and (own := memory.document(document)).total:
                found["document"] = MemorySource(memory, own, at_cursor)
            found["workspace"] = MemorySource(memory, memory.everything(), at_cursor)
            found["neighbours"] = neighbours(memory, left, right, at_cursor)
        return found

    def _gap_words(
        self, cloze: Cloze, memory: Memory | None, document: str | None, memory_weight: float
    ) -> GapWords:
        """All that is known of the words of one gap."""
        sources = self.sources(cloze, memory=memory, document=document)
        blend = self._mixture.of(len(cloze.prefix), bool(cloze.right))
        weights = {
            name: weight * (memory_weight if name in FROM_MEMORY else 1.0)
            for name, weight in blend.weights.items()
        }
        return GapWords(sources, replace(blend, weights=weights), Casing(self.lexicon, memory))

    def _after_hyphen(self, cloze: Cloze, limit: int) -> list[Suggestion]:
        """Compounds that no source has whole: the part after the hyphen is a word of its own."""
        head, _, tail = cloze.prefix.rpartition("-")
        part = replace(cloze, left=f"{cloze.left}{head}-", prefix=tail, starts_sentence=False)
        if not head or not self._is_read(part):
            return []
        return [
            replace(item, word=f"{head}-{item.word}") for item in self.suggest(part, limit=limit)
        ]


def _gap(cloze: Cloze) -> Gap:
    return Gap(cloze.left, cloze.right)
