"""What is remembered of a writer's earlier texts: which words they have, and after which.

What people write most often the model knows, so these words are no source like those of open texts.
They say which words a writer prefers, which the language lacks, and which follow each other.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from midword.suggest.lexicon import RAREST, Lexicon
from midword.text.folding import fold

# The language's frequencies count as so many words of the writer's; from 500 to 10,000 all were
# nearly equal.
_OF_THE_LANGUAGE = 2000
# Shorter ones are not remembered ("a", "I"), so nothing is known of them.
_SHORTEST = 2


class Habits:
    """Words and pairs that a writer is remembered for; they stay as they are.

    Args:
        words: as written -> how often.
        pairs: two folded words with a blank between -> how often.

    Attributes:
        total: of all words.
    """

    def __init__(
        self, words: Mapping[str, int] | None = None, pairs: Mapping[str, int] | None = None
    ) -> None:
        self._counts: Counter[str] = Counter()
        self._forms: dict[str, dict[str, int]] = defaultdict(dict)
        for form, count in (words or {}).items():
            self._counts[fold(form)] += count
            self._forms[fold(form)][form] = count
        self._after: dict[str, dict[str, int]] = defaultdict(dict)
        for pair, count in (pairs or {}).items():
            left, key = pair.split(" ")
            self._after[left][key] = count
        self.total = self._counts.total()
        self._lacking: tuple[Lexicon | None, list[str]] = None, []

    def __len__(self) -> int:
        return len(self._counts)

    def count(self, key: str) -> int:
        """How often a folded word was typed."""
        return self._counts[key]

    def forms(self, key: str) -> Mapping[str, int]:
        """How a folded word was written, and how often."""
        return self._forms.get(key, {})

    def after(self, key: str) -> Mapping[str, int]:
        """The folded words that followed one, and how often."""
        return self._after.get(key, {})

    def lacking(self, lexicon: Lexicon) -> list[str]:
        """The folded words that a language lacks, sorted."""
        known, found = self._lacking
        if known is not lexicon:
            found = sorted(key for key in self._counts if lexicon.find(key) is None)
            self._lacking = lexicon, found
        return found

    def lifts(self, keys: Sequence[str], lexicon: Lexicon) -> npt.NDArray[np.float64]:
        """How much more frequent than in the language words are here: logarithms, [keys].

        Unigram rescaling (Kneser, Peters and Klakow 1997), as for the words near a gap.
        """
        usual = np.array([max(lexicon.probability(key), RAREST) for key in keys])
        own = np.array([self._counts[key] for key in keys], dtype=np.float64)
        smooth = (own + _OF_THE_LANGUAGE * usual) / (self.total + _OF_THE_LANGUAGE)
        lifts = np.log(smooth / usual)
        lifts[[len(key) < _SHORTEST for key in keys]] = 0.0
        return np.asarray(lifts)
