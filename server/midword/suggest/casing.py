"""How a word is written in this place: its usual form, the sentence's start, the letters typed."""

import re
from dataclasses import dataclass

from midword.suggest.lexicon import Lexicon
from midword.suggest.memory import Memory

# How many sightings in the writer's own text weigh as much as the lexicon's statement.
_PRIOR_SIGHTINGS = 2.0
# A word that no lexicon knows is a name about as often as not.
_UNKNOWN_IS_CAPITAL = 0.5
# Below this share, a form in small letters is a slip rather than a use.
_LEAST_SHARE = 0.05
# The writer's capital may be emphasis, a title or a brand: no word is ruled out by it.
_SURPRISE = 0.02
# A capital after a small letter or a hyphen is meant ("GitH", "Best-E"); one after another capital
# may be the shift key's ("THe").
_MEANT = re.compile(r"(?<=[^\W\d_A-Z]|-)[A-Z]")
_AFTER_HYPHEN = re.compile(r"(?<=-)\w")


@dataclass(frozen=True, slots=True)
class Casing:
    """Forms of folded words, from the lexicon and from the writer's own texts."""

    lexicon: Lexicon
    memory: Memory | None = None

    def capital_share(self, key: str) -> float:
        """How often a word begins with a capital inside a sentence, 0 to 1."""
        place = self.lexicon.find(key)
        share = _UNKNOWN_IS_CAPITAL if place is None else float(self.lexicon.capitals[place])
        if self.memory is None or not (own := self.memory.forms(key)):
            return share
        upper = sum(count for form, count in own.items() if form[:1].isupper())
        return (share * _PRIOR_SIGHTINGS + upper) / (_PRIOR_SIGHTINGS + sum(own.values()))

    def likelihood(self, key: str, prefix: str, starts_sentence: bool) -> float:
        """How well the case of the first letter typed fits a word; 1.0 where it tells nothing."""
        if not prefix or not prefix[0].isalpha():
            return 1.0
        if prefix[0].isupper():
            return 1.0 if starts_sentence else self.capital_share(key) + _SURPRISE
        return 1.0 - self.capital_share(key) + _SURPRISE

    def form(self, key: str, prefix: str, starts_sentence: bool, known_as: str = "") -> str:
        """A word as the writer would write it here.

        Args:
            key: the folded word.
            prefix: what is typed of it; no capital that is meant is contradicted.
            starts_sentence: whether it is the first word of a sentence.
            known_as: how the model's vocabulary or a dictionary has it.
        """
        forms = self._forms(key, known_as)
        if "’" in prefix:
            forms = [form.replace("'", "’") for form in forms]
        if prefix and (fitting := [form for form in forms if form.startswith(prefix)]):
            return fitting[0]
        usual = forms[0]
        if len(prefix) > 1 and prefix.isupper():
            return prefix + usual[len(prefix) :].upper()
        if prefix[:1].isupper() or (starts_sentence and not prefix and usual.islower()):
            usual = usual[0].upper() + usual[1:]
        elif prefix[:1].islower() and usual[0].isupper():
            small = [form for form in forms if form[0].islower()]
            if small:
                usual = small[0]
            elif usual == usual.capitalize() and self.capital_share(key) < 1 - _LEAST_SHARE:
                usual = usual[0].lower() + usual[1:]
        return _with_capitals(usual, prefix)

    def _forms(self, key: str, known_as: str) -> list[str]:
        """The forms of a word, the usual one first; never empty."""
        own = self.memory.forms(key) if self.memory is not None else None
        place = self.lexicon.find(key)
        usual = known_as or key if place is None else self.lexicon.forms[place]
        if not own:
            return [usual]
        votes = {form: float(count) for form, count in own.items()}
        if place is not None or known_as:
            # The lexicon's form stands against a single slip, not against the writer's habit.
            votes[usual] = votes.get(usual, 0.0) + _PRIOR_SIGHTINGS
        return sorted(votes, key=lambda form: -votes[form])


def _with_capitals(form: str, prefix: str) -> str:
    """The form with the inner capitals that were typed; a title goes on as it began ("End-To-")."""
    for capital in _MEANT.finditer(prefix):
        form = form[: capital.start()] + capital[0] + form[capital.end() :]
        if prefix[capital.start() - 1] == "-":
            form = _AFTER_HYPHEN.sub(lambda letter: letter[0].upper(), form)
    return form
