"""From the sources' distributions to a ranked list: mixed, cased, inflected, filtered."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from midword.suggest.casing import Casing
from midword.suggest.dictionary import Dictionary
from midword.suggest.inflection import inflections
from midword.suggest.sources import Source
from midword.text.cloze import Cloze
from midword.text.folding import fold

Origin = Literal["model", "memory", "dictionary"]

# Candidates taken from each source for a place in the list; what ranks lower in all of them is
# hardly ever in it.
_CANDIDATES = 1.2
# The likeliest words that are tried in their inflected forms too.
_INFLECTED = 3
# A word of the writer's dictionary is at least as likely as a rare word of the lexicon.
_DICTIONARY_FLOOR = 2e-5
# Of the words that no source names, this share would fit a capital typed inside a sentence.
_UNSEEN_FIT_CAPITAL = 0.1
# Sources that are the writer's own texts.
FROM_MEMORY = ("recent", "adapted", "document", "workspace", "neighbours")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One word of a list.

    Attributes:
        word: complete, the typed prefix included, as it is written in this place.
        probability: given the prefix and both contexts, 0 to 1.
        source: where most of its probability comes from.
    """

    word: str
    probability: float
    source: Origin


class GapWords:
    """The mixed distribution over the words of one gap."""

    def __init__(
        self,
        sources: Mapping[str, Source],
        weights: Mapping[str, float],
        casing: Casing,
    ) -> None:
        trusted = {
            name: weights[name] * source.mass
            for name, source in sources.items()
            if weights[name] * source.mass > 0
        }
        total = sum(trusted.values())
        # A source, what its own probabilities count, and whether it is the writer's own text.
        self._parts = [
            (sources[name], weight / sources[name].mass / total, name in FROM_MEMORY)
            for name, weight in trusted.items()
        ]
        self._knows_model = "model" in trusted
        self._casing = casing

    def probability(self, key: str) -> float:
        """A folded word's probability at the gap."""
        return self._mixed(key)[0]

    def ranked(
        self, cloze: Cloze, dictionaries: Sequence[Dictionary], limit: int
    ) -> list[Suggestion]:
        """The likeliest words that begin with what is typed."""
        prefix = fold(cloze.prefix)
        listed = {
            key: word
            for dictionary in dictionaries
            for key, word in dictionary.keys.items()
            if key.startswith(prefix)
        }
        never = frozenset().union(*(dictionary.never_words for dictionary in dictionaries))
        keys = dict.fromkeys(self._candidates(prefix, round(_CANDIDATES * limit)))
        keys.update(dict.fromkeys(listed))
        share = self._share(prefix)
        scored: list[tuple[float, str, Origin]] = []
        covered = fitting = 0.0
        for key in keys:
            if key in never:
                continue
            score, origin = self._mixed(key)
            if key in listed and score < _DICTIONARY_FLOOR:
                score, origin = _DICTIONARY_FLOOR, "dictionary"
            likelihood = self._casing.likelihood(key, cloze.prefix, cloze.starts_sentence)
            covered += score
            fitting += score * likelihood
            scored.append((score * likelihood, key, origin))
        known_as = dict(listed)
        scored.sort(key=lambda item: -item[0])
        for score, key, origin in scored[:_INFLECTED]:
            usual = self._casing.form(key, cloze.prefix[: len(key)], cloze.starts_sentence)
            for form, ratio in inflections(key, self._casing):
                if form.startswith(prefix) and form not in keys and form not in never:
                    scored.append((score * ratio, form, origin))
                    known_as[form] = usual + form[len(key) :]
        rest = max(0.0, share - covered)
        if cloze.prefix[:1].isupper() and not cloze.starts_sentence:
            rest *= _UNSEEN_FIT_CAPITAL
        total = fitting + rest or 1.0
        scored.sort(key=lambda item: -item[0])
        found: list[Suggestion] = []
        for score, key, origin in scored:
            word = self._casing.form(
                key, cloze.prefix, cloze.starts_sentence, known_as.get(key, "")
            )
            if len(word) > len(cloze.prefix) and score > 0:
                found.append(Suggestion(word, score / total, origin))
                if len(found) == limit:
                    break
        return found

    def _candidates(self, prefix: str, limit: int) -> Iterable[str]:
        for source, _, _ in self._parts:
            yield from source.candidates(prefix, limit)

    def _share(self, prefix: str) -> float:
        return sum(factor * source.share(prefix) for source, factor, _ in self._parts)

    def _mixed(self, key: str) -> tuple[float, Origin]:
        """A word's probability and where most of it comes from."""
        others = memory = 0.0
        for source, factor, is_own in self._parts:
            if is_own:
                memory += factor * source.probability(key)
            else:
                others += factor * source.probability(key)
        origin: Origin = "model" if self._knows_model else "dictionary"
        return others + memory, "memory" if memory > others else origin
