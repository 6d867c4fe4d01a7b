"""From the sources' distributions to a ranked list: gathered, weighed, cased, filtered."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from midword.model.masked_lm import softmax
from midword.suggest.blocklist import Screen
from midword.suggest.casing import Casing, is_inverted
from midword.suggest.dictionary import Dictionary
from midword.suggest.halves import is_half_typed
from midword.suggest.inflection import inflections
from midword.suggest.mixture import AGREEING, Blend
from midword.suggest.sources import ModelSource, Source
from midword.text.cloze import Cloze
from midword.text.folding import fold
from midword.text.words import LONGEST_WORD, WORD

Origin = Literal["model", "memory", "dictionary"]
Numbers = npt.NDArray[np.float64]

# The likeliest words that are tried in their inflected forms too.
_INFLECTED = 3
# Words that a dictionary alone knows; before the first letters are typed there may be thousands.
_OF_A_DICTIONARY = 500
# A word of the writer's dictionary is at least as likely as a rare word of the lexicon.
_DICTIONARY_FLOOR = 2e-5
# Of the words that no source names, this share would fit a capital typed inside a sentence.
_UNSEEN_FIT_CAPITAL = 0.1
# A source that has not seen a word doesn't rule it out; from 0.00003 to 0.0003 all were equal.
_UNSEEN = 1e-4
# A swear word is offered where no other word is so likely beside it.
_LIKELY_BESIDE = 0.1
# "That that" and "had had" are rarer than the model, which sees the second one, has it.
_DOUBLED = 0.001
# Of a language's words in a text, about 1 in 20 begins with a given letter, and with each further
# one 1 in 4 of them.
_BEGIN_SO, _WITH_EACH_LETTER = 0.2, 0.25
# The power of how much more frequent a word is with the writer than in the language; on six writers
# 0.15 to 0.25 were equal.
_LIFT = 0.2
# Sources that know a language.
_OF_A_LANGUAGE = ("model", "lexicon", "phrases", "team")
# Sources that are the writer's own texts.
FROM_MEMORY = (
    "recent",
    "adapted",
    "document",
    "workspace",
    "neighbours",
    "lacking",
    "following",
    "remembered",
)


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


def confidence(suggestions: Sequence[Suggestion]) -> float:
    """How sure a list is: the first word's probability."""
    return suggestions[0].probability if suggestions else 0.0


class Candidates(NamedTuple):
    """Words that may stand at a gap; arrays and lists of one length.

    Attributes:
        keys: folded words.
        scores: their probabilities in the mixture, times how well their case fits.
        agreement: [n, len(AGREEING)], the logarithm of what each such source says of them.
        lifts: how much more frequent they are with the writer than in the language, as logarithms;
            None where nothing is remembered.
        origins: where most of a probability comes from.
        known_as: folded word -> how a dictionary or its uninflected form has it.
        rest: the mass of all other words that begin so.
    """

    keys: list[str]
    scores: Numbers
    agreement: Numbers
    lifts: Numbers | None
    origins: list[Origin]
    known_as: Mapping[str, str]
    rest: float

    def weighed(self, blend: Blend) -> Numbers:
        """The scores where agreement counts; the candidates' mass stays what it is."""
        if not self.scores.any() or (not blend.powers and self.lifts is None):
            return self.scores
        powers = np.array([blend.powers.get(name, 0.0) for name in AGREEING])
        with np.errstate(divide="ignore"):  # a word without a chance keeps none
            logs = blend.mixed * np.log(self.scores) + self.agreement @ powers
        if self.lifts is not None:
            logs += _LIFT * self.lifts
        return np.asarray(softmax(logs) * self.scores.sum())


class GapWords:
    """What the sources together say of the words of one gap.

    Args:
        sources: their distributions by name.
        blend: how they are put together.
        casing: how words are written.
        is_english: whether words take English endings here.
        is_complete: whether what the casing's lexicon lacks is no word of English.
    """

    def __init__(
        self,
        sources: Mapping[str, Source],
        blend: Blend,
        casing: Casing,
        *,
        is_english: bool = True,
        is_complete: bool = True,
    ) -> None:
        trusted = {
            name: weight
            for name, source in sources.items()
            if (weight := blend.weights.get(name, 0.0) * source.mass) > 0
        }
        total = sum(trusted.values())
        self._blend = blend
        self._casing = casing
        self._is_english = is_english
        self._is_complete = is_complete
        self._names = list(trusted)
        self._sources = [sources[name] for name in trusted]
        self._is_read = not trusted.keys().isdisjoint(_OF_A_LANGUAGE)
        self._factors = np.array(
            [weight / sources[name].mass / total for name, weight in trusted.items()]
        )
        self._own_factors = self._factors * [name in FROM_MEMORY for name in trusted]
        self._other_factors = self._factors - self._own_factors
        self._shares: tuple[str, Numbers] | None = None  # of the latest prefix

    def probability(self, key: str) -> float:
        """A folded word's probability in the mixture."""
        return float(self._factors @ [source.probabilities([key])[0] for source in self._sources])

    def finished(self, cloze: Cloze) -> float:
        """Of all that begins with the letters typed, the share of the word as it stands."""
        key = fold(cloze.prefix)
        share = float(self._shares_of(key) @ self._factors) + self._unseen(key)
        return min(1.0, self.probability(key) / share) if share > 0 else 0.0

    def ranked(
        self,
        cloze: Cloze,
        dictionaries: Sequence[Dictionary],
        limit: int,
        screen: Screen | None = None,
    ) -> list[Suggestion]:
        """The likeliest words that begin with what is typed.

        What the screen leaves out keeps its probability: no other word gains by it.
        """
        found = self.candidates(cloze, dictionaries, limit)
        scores = found.weighed(self._blend) if "model" in self._names else found.scores
        following = _following(cloze, screen)
        if following in found.keys:
            scores = scores.copy()
            scores[found.keys.index(following)] *= _DOUBLED
        total = float(found.scores.sum()) + found.rest or 1.0
        words: list[Suggestion] = []
        held: list[Suggestion] = []
        for place in np.argsort(-scores, kind="stable"):
            key, score = found.keys[place], float(scores[place])
            verdict = screen.verdict(key) if screen is not None else "pass"
            if verdict == "block" or score <= 0 or (key == following and not words):
                continue
            known_as = found.known_as.get(key, "")
            word = self._casing.form(key, cloze.prefix, cloze.starts_sentence, known_as)
            if len(word) > len(cloze.prefix) or (word and is_inverted(cloze.prefix)):
                suggestion = Suggestion(word, score / total, found.origins[place])
                (words if verdict == "pass" else held).append(suggestion)
                if len(words) == limit:
                    break
        if held:
            enough = _LIKELY_BESIDE * held[0].probability
            if not words or words[0].probability < enough:
                words = sorted([*held, *words], key=lambda item: -item.probability)[:limit]
        return words

    def candidates(
        self, cloze: Cloze, dictionaries: Sequence[Dictionary], limit: int
    ) -> Candidates:
        """What a list of `limit` words is chosen from, in no order."""
        prefix = fold(cloze.prefix)
        # What is not among the first so many of any source is hardly ever among those of all.
        named = [key for source in self._sources for key in source.candidates(prefix, limit)]
        for dictionary in dictionaries:
            named += dictionary.beginning(prefix, _OF_A_DICTIONARY)
        keys = [key for key in dict.fromkeys(named) if not _is_forbidden(key, dictionaries)]
        known_as = {
            key: dictionary.keys[key]
            for dictionary in dictionaries
            for key in keys
            if key in dictionary.keys
        }
        said = self._said_of(keys)
        written = self._written_by_model(keys) | known_as
        unfit = self._half_typed(keys, said, known_as) | self._strange(keys, said, written, cloze)
        if unfit:
            fit = [place for place, key in enumerate(keys) if key not in unfit]
            keys, said = [keys[place] for place in fit], said[fit]
        mixed = said @ self._factors
        origins = self._origins(said, mixed)
        for place, key in enumerate(keys):
            if key in known_as and mixed[place] < _DICTIONARY_FLOOR:
                mixed[place], origins[place] = _DICTIONARY_FLOOR, "dictionary"
        known_as = written
        shares = self._shares_of(prefix)
        fits = [self._casing.likelihood(key, cloze.prefix, cloze.starts_sentence) for key in keys]
        scores = mixed * np.array(fits)
        rest = max(0.0, float(shares @ self._factors) - float(mixed.sum())) + self._unseen(prefix)
        if cloze.prefix[:1].isupper() and not cloze.starts_sentence:
            rest *= _UNSEEN_FIT_CAPITAL
        taken = set(keys)
        inflected = _INFLECTED if self._is_english else 0
        for place in np.argsort(-scores, kind="stable")[:inflected].tolist():
            for form, ratio, known in self._inflected(keys[place], cloze):
                if not form.startswith(prefix) or form in taken:
                    continue
                if not _is_forbidden(form, dictionaries):
                    keys.append(form)
                    scores = np.append(scores, scores[place] * ratio)
                    origins.append(origins[place])
                    known_as[form] = known
        if forms := keys[len(said) :]:
            said = np.concatenate([said, self._said_of(forms)])
        agreement = self._agreement(said, shares)
        return Candidates(keys, scores, agreement, self._lifts(keys), origins, known_as, rest)

    def _unseen(self, prefix: str) -> float:
        """What words that begin so weigh which no source knows, the known ones weighing 1 in all.

        Where only the writer's own words are known it is much: as many different words as a text
        has, so many of its words were new (Witten and Bell 1991).
        """
        memory = self._casing.memory
        if self._is_read or memory is None:
            return 0.0
        if not (seen := memory.everything().total + memory.habits.total):
            return 0.0
        return (
            (len(memory) + len(memory.habits))
            / seen
            * (_BEGIN_SO * _WITH_EACH_LETTER ** len(prefix) if prefix else 1.0)
        )

    def _written_by_model(self, keys: Sequence[str]) -> dict[str, str]:
        """How the model writes words that the lexicon lacks, or all of a language without one."""
        model = self._sources[self._names.index("model")] if "model" in self._names else None
        if not isinstance(model, ModelSource):
            return {}
        unknown = (key for key in keys if self._casing.lexicon.find(key) is None)
        return {key: form for key in unknown if (form := model.form(key))}

    def _half_typed(
        self, keys: Sequence[str], said: Numbers, known_as: Mapping[str, str]
    ) -> set[str]:
        """Those of some words that only the writer's texts have, and only as halves."""
        memory = self._casing.memory
        if memory is None:
            return set()
        lexicon, standing = self._casing.lexicon, self._casing.standing
        is_learnt = "document" in self._names
        others = (said @ self._other_factors).tolist()
        return {
            key
            for key, other in zip(keys, others, strict=True)
            if not other
            and key not in known_as
            and not memory.habits.count(key)
            and is_half_typed(key, lexicon, memory, standing, is_learnt=is_learnt)
        }

    def _strange(
        self, keys: Sequence[str], said: Numbers, written: Mapping[str, str], cloze: Cloze
    ) -> set[str]:
        """Those of some words that neither the lexicon nor the writer has.

        A model has read handles, commands and halves of contractions. It has names too: how they
        are written a capital tells that is typed. Of a model whose words the lexicon was not
        counted for only the halves are strange: of "don't", that is, "don".
        """
        lexicon = self._casing.lexicon
        is_name = cloze.prefix.istitle() and not cloze.starts_sentence
        if is_name or not self._is_english or not len(lexicon):
            return set()
        own = (said @ self._own_factors).tolist()
        return {
            key
            for key, is_own in zip(keys, own, strict=True)
            if not is_own
            and key not in written
            and lexicon.find(key) is None
            and lexicon.find(key.removesuffix("'s")) is None
            and (self._is_complete or lexicon.find(key + "'t") is not None)
        }

    def _shares_of(self, prefix: str) -> Numbers:
        """Each source's mass of all words that begin so, [sources]."""
        if self._shares is None or self._shares[0] != prefix:
            found = np.array([source.share(prefix) for source in self._sources], dtype=np.float64)
            self._shares = prefix, found
        return self._shares[1]

    def _said_of(self, keys: Sequence[str]) -> Numbers:
        """Each source's probability of each word, [words, sources]."""
        said = [source.probabilities(keys) for source in self._sources]
        return np.array(said, dtype=np.float64).reshape(len(self._sources), len(keys)).T

    def _origins(self, said: Numbers, mixed: Numbers) -> list[Origin]:
        """Where most of each word's probability comes from."""
        own = said @ self._own_factors
        other: Origin = "model" if "model" in self._names else "dictionary"
        return ["memory" if is_own else other for is_own in (own > mixed / 2).tolist()]

    def _inflected(self, key: str, cloze: Cloze) -> Iterator[tuple[str, float, str]]:
        """A word's inflected forms: folded, how frequent beside the word, as written here."""
        usual = self._casing.form(key, cloze.prefix[: len(key)], cloze.starts_sentence)
        for form, ratio in inflections(key, self._casing):
            yield form, ratio, usual + form[len(key) :]

    def _lifts(self, keys: Sequence[str]) -> Numbers | None:
        """What the writer's habits say of words: see :class:`Candidates`."""
        memory, lexicon = self._casing.memory, self._casing.lexicon
        if memory is None or not memory.habits.total or not len(lexicon):
            return None
        return memory.habits.lifts(keys, lexicon)

    def _agreement(self, said: Numbers, shares: Numbers) -> Numbers:
        """What the agreeing sources say of words, given the letters: see :class:`Candidates`."""
        found = np.zeros((len(said), len(AGREEING)))
        for column, name in enumerate(AGREEING):
            if name in self._names:
                place = self._names.index(name)
                found[:, column] = said[:, place] / max(shares[place], 1e-9)
        return np.log(found + _UNSEEN)


def _is_forbidden(key: str, dictionaries: Sequence[Dictionary]) -> bool:
    """Whether no list may have a word; a form that a dictionary has is no mere form."""
    is_form = False
    for dictionary in dictionaries:
        if key in dictionary.never_words:
            return True
        is_form = is_form or key in dictionary.never_forms
    return is_form and not any(key in dictionary.keys for dictionary in dictionaries)


def _following(cloze: Cloze, screen: Screen | None) -> str:
    """The folded word that stands directly right of the gap; "" for none.

    Who writes "New ‸ York" has that word already.
    """
    text = cloze.right.removeprefix(" ")
    match = WORD.match(text[: 2 * LONGEST_WORD])
    key = fold(match[0]) if match else ""
    return "" if screen is not None and key == fold(screen.standing) else key
