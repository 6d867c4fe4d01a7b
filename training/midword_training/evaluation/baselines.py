"""What writers have today, asked like a model: the ruler's baselines."""

from __future__ import annotations

from midword.suggest.lexicon import Lexicon
from midword.text.folding import fold
from midword.text.words import words


class DocumentWords:
    """The document's own words, the nearest first, from the first typed letter on.

    This is what editors' word completion does (VS Code's word suggestions, Vim's Ctrl-N).
    """

    def begin(self, left: str, right: str) -> None:
        """Gather the words around the cursor."""
        before = [match.group() for match in words(left)]
        after = [match.group() for match in words(right)]
        self._words = list(dict.fromkeys([*reversed(before), *after]))

    def complete(self, typed: str, limit: int) -> tuple[list[str], float]:
        """Words that begin with what is typed; nothing before the first letter."""
        if not typed:
            return [], 0.0
        found = [w for w in self._words if w.startswith(typed) and len(w) > len(typed)]
        return found[:limit], 0.0


class FrequencyList:
    """The language's most frequent words in their usual forms; capitals as typed."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._starts = False

    def begin(self, left: str, right: str) -> None:
        """See whether a sentence begins."""
        end = left.rstrip()
        self._starts = not end or end[-1] in ".!?:" or left.endswith("\n\n")

    def complete(self, typed: str, limit: int) -> tuple[list[str], float]:
        """The most frequent words that begin with what is typed."""
        found: list[str] = []
        places = self._lexicon.most_frequent(fold(typed), limit + 1)
        for place in places:
            word = self._lexicon.forms[place]
            if typed[:1].isupper() or (self._starts and not typed):
                word = word[0].upper() + word[1:]
            if len(word) > len(typed):
                found.append(word)
        share = float(self._lexicon.counts[places[0]]) / self._lexicon.total if places else 0.0
        return found[:limit], share
