"""What could stand in a word's place, and how the word itself fares there."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from midword.suggest.dictionary import Dictionary
from midword.suggest.gathering import gap_of
from midword.suggest.memory import Memory
from midword.suggest.ranking import Suggestion
from midword.suggest.suggester import Suggester
from midword.text.cloze import Cloze
from midword.text.folding import fold

_RANKED = 200  # words among which the word itself is looked for


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


def alternatives_at(
    suggester: Suggester,
    cloze: Cloze,
    *,
    memory: Memory | None = None,
    document: str | None = None,
    dictionaries: Sequence[Dictionary] = (),
    limit: int = 8,
) -> Alternatives:
    """What could stand where a whole word (prefix and rest) stands; arguments as for `suggest`."""
    word = cloze.prefix + cloze.rest
    open_gap = replace(cloze, prefix="", rest="")
    gap_words = suggester.gap_words(replace(open_gap, rest=word), memory, document, 1.0)
    screen = suggester.screen(open_gap, memory, document, dictionaries, standing=word)
    ranked = gap_words.ranked(open_gap, dictionaries, _RANKED, screen)
    key = fold(word)
    rank = next((n for n, item in enumerate(ranked, 1) if fold(item.word) == key), None)
    probability = ranked[rank - 1].probability if rank else gap_words.probability(key)
    readings = suggester.readings
    if (
        word
        and readings is not None
        and suggester.is_read(cloze)
        and not readings.model.vocabulary.find(key)
    ):
        # A word of several pieces: the model's opinion needs passes of its own.
        probability = max(probability, math.exp(readings.score(gap_of(cloze), word)))
    return Alternatives(suggestions=ranked[:limit], probability=probability, rank=rank)
