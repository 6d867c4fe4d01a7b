"""How a word is written in this place: its usual form, the sentence's start, the letters typed."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from midword.suggest.lexicon import Lexicon
from midword.suggest.memory import Memory
from midword.text.folding import fold
from midword.text.words import APOSTROPHES, HYPHENS, WORD

# How many sightings in the writer's own text weigh as much as the lexicon's statement.
_PRIOR_SIGHTINGS = 2.0
# A word that no lexicon knows is a name about as often as not.
_UNKNOWN_IS_CAPITAL = 0.5
# Below this share, a form in small letters is a slip rather than a use.
_LEAST_SHARE = 0.05
# The writer's capital may be emphasis, a title or a brand: no word is ruled out by it.
_SURPRISE = 0.02
# So many sightings in the writer's own text make a name of a word that is usually none.
_SURELY_A_NAME = 5
# A word with a capital inside a sentence begins names ("United Nations"): the word behind it has a
# capital so many times as often as elsewhere, by odds; from 8 to 16 all were about equal
# (`tests/benchmarks/bench_casing.py`).
_IN_A_NAME = 11.0
# A capital after a hyphen is meant ("Best-E"); so is one after a small letter ("GitH"), but one
# after another capital may be the shift key's ("THe").
_AFTER_HYPHEN = re.compile(rf"(?<=[{HYPHENS}])\w")
_MEANT = re.compile(rf"(?<=[^\W\d_A-Z]|[{HYPHENS}])[A-Z]")
# Words of capitals around a gap that make a line of capitals, the nearest ones.
_SHOUTED_LEFT, _SHOUTED_RIGHT, _SHOUTED = 4, 2, 3
_NEAR = 100  # characters


@dataclass(frozen=True, slots=True)
class Casing:
    """Forms of folded words, from the lexicon and from the writer's own texts.

    Attributes:
        lexicon: how the language writes them.
        memory: how the writer does.
        standing: the word at the gap as it stands, which is no sighting of itself.
        shouts: whether the line around the gap is in capitals.
        near: the text around the gap, which shows the accents of words that neither knows yet.
        follows_name: whether the word before has a capital inside the sentence.
    """

    lexicon: Lexicon
    memory: Memory | None = None
    standing: str = ""
    shouts: bool = False
    near: str = ""
    follows_name: bool = False

    def capital_share(self, key: str) -> float:
        """How often a word begins with a capital inside a sentence, 0 to 1."""
        place = self.lexicon.find(key)
        share = _UNKNOWN_IS_CAPITAL if place is None else self.lexicon.capitals.item(place)
        if not (own := self._own(key)):
            return share
        upper = sum(count for form, count in own.items() if form[:1].isupper())
        return (share * _PRIOR_SIGHTINGS + upper) / (_PRIOR_SIGHTINGS + sum(own.values()))

    def likelihood(self, key: str, prefix: str, starts_sentence: bool) -> float:
        """How well the case of the first letter typed fits a word; 1.0 where it tells nothing."""
        if self.shouts or not prefix or not prefix[0].isalpha():
            return 1.0
        if prefix[0].isupper():
            return 1.0 if starts_sentence else self.capital_share(key) + _SURPRISE
        return 1.0 - self.capital_share(key) + _SURPRISE

    def form(self, key: str, prefix: str, starts_sentence: bool, known_as: str = "") -> str:
        """A word as the writer would write it here; "" where no form agrees with what is typed.

        Args:
            key: the folded word.
            prefix: what is typed of it; no capital or accent that is meant is contradicted.
            starts_sentence: whether it is the first word of a sentence.
            known_as: how the model's vocabulary or a dictionary has it.
        """
        forms = self._forms(key, known_as)
        if not (prefix.isascii() and prefix.isalpha()):
            forms = [_with_signs(form, prefix) for form in forms]
        if prefix and (fitting := [form for form in forms if form.startswith(prefix)]):
            return fitting[0]
        usual = forms[0]
        if (len(prefix) > 1 and prefix.isupper()) or (self.shouts and not prefix[:1].islower()):
            word = prefix + usual[len(prefix) :].upper()
        elif is_inverted(prefix):
            word = usual[0].upper() + usual[1:]
        else:
            word = _with_capitals(
                self._cased(key, forms, prefix, starts_sentence, known_as), prefix
            )
        return word if _has_accents(word, prefix) else ""

    def _cased(
        self, key: str, forms: list[str], prefix: str, starts_sentence: bool, known_as: str
    ) -> str:
        """The form with the case of its first letter as it is typed, or as its place wants it."""
        usual = forms[0]
        if prefix[:1].isupper() or (starts_sentence and not prefix and usual.islower()):
            return usual[0].upper() + usual[1:]
        if prefix[:1].islower() and usual[0].isupper():
            is_told = usual == known_as and self.lexicon.find(key) is None
            if is_told or self._is_own_name(key):
                return usual
            small = [form for form in forms if form[0].islower()]
            if small:
                return small[0]
            if usual == usual.capitalize() and self.capital_share(key) < 1 - _LEAST_SHARE:
                return usual[0].lower() + usual[1:]
        return usual

    def _is_own_name(self, key: str) -> bool:
        """Whether the writer has it in capitals only, though the lexicon doesn't."""
        own = self._own(key)
        enough = 1 if self.lexicon.find(key) is None else _SURELY_A_NAME
        return sum(own.values()) >= enough and all(form[:1].isupper() for form in own)

    def _own(self, key: str) -> dict[str, int]:
        """The writer's forms of a word and how often each was seen elsewhere."""
        if self.memory is None:
            return {}
        if not (own := self.memory.forms(key)):
            return own
        standing = self.standing.replace("’", "'")
        if standing in own:
            own[standing] -= 1
            own = {form: count for form, count in own.items() if count > 0}
        return own

    def _forms(self, key: str, known_as: str) -> list[str]:
        """The forms of a word, the usual one first; never empty."""
        own = self._own(key)
        place = self.lexicon.find(key)
        if place is None:
            usual = known_as or (key if own else _accented(self.near).get(key, key))
        else:
            usual = self.lexicon.forms[place]
            share = self.lexicon.capitals.item(place)
            if self.follows_name and usual.islower() and _IN_A_NAME * share > 1 - share:
                usual = usual[0].upper() + usual[1:]
        if not own:
            return [usual]
        votes = {form: float(count) for form, count in own.items()}
        if (place is not None or known_as) and not self._is_own_name(key):
            # The lexicon's form stands against a single slip, not against the writer's habit.
            votes[usual] = votes.get(usual, 0.0) + _PRIOR_SIGHTINGS
        return sorted(votes, key=lambda form: -votes[form])


@lru_cache(maxsize=8)
def _accented(text: str) -> dict[str, str]:
    """The words of a text with accents, in small letters, by their folded keys."""
    if text.isascii():
        return {}
    return {fold(word): word.lower() for word in WORD.findall(text) if not word.isascii()}


def follows_name(left: str) -> bool:
    """Whether the word before a gap has a capital inside its sentence, and may begin a name."""
    before, blank, word = left[-_NEAR:].removesuffix(" ").rpartition(" ")
    return (
        left.endswith(" ")
        and bool(blank)
        and before[-1:].isalpha()
        and word[:1].isupper()
        and not word.isupper()
        and word.replace("-", "").isalpha()
    )


def is_shouting(left: str, right: str) -> bool:
    """Whether the line around a gap is in capitals."""
    if left[-2:-1].islower():  # nearly always
        return False
    before = WORD.findall(left[-_NEAR:].rpartition("\n")[2])[-_SHOUTED_LEFT:]
    if not before or not before[-1].isupper():
        return False
    after = WORD.findall(right[:_NEAR].partition("\n")[0])[:_SHOUTED_RIGHT]
    around = [*before, *after]
    return len(around) >= _SHOUTED and all(word.isupper() for word in around)


def is_inverted(prefix: str) -> bool:
    """Whether the caps lock was on: "tHE" is "The"."""
    return len(prefix) > 2 and prefix[0].islower() and prefix[1:].isupper()


def _with_signs(form: str, prefix: str) -> str:
    """The form with the apostrophes and hyphens that are typed; sources know plain ones."""
    for signs in (APOSTROPHES + "\u02bc", HYPHENS):
        if typed := [sign for sign in prefix if sign in signs]:
            form = "".join(typed[-1] if sign in signs else sign for sign in form)
    return form


def _with_capitals(form: str, prefix: str) -> str:
    """The form with the inner capitals that were typed; a title goes on as it began ("End-To-").

    "" where one that was typed inside a word's part isn't in the form: "YouT" begins no "youthful".
    """
    if prefix.islower() or not prefix:
        return form
    for capital in _MEANT.finditer(prefix):
        place = capital.start()
        if prefix[place - 1] not in HYPHENS:
            if form[place : place + 1] != capital[0]:
                return ""
            continue
        form = form[:place] + capital[0] + form[capital.end() :]
        form = _AFTER_HYPHEN.sub(lambda letter: letter[0].upper(), form)
    return form


def _has_accents(word: str, prefix: str) -> bool:
    """Whether a word begins with the accented letters that are typed; plain ones leave it open."""
    if prefix.isascii():
        return True
    typed = unicodedata.normalize("NFC", prefix.replace("\u00ad", "")).casefold()
    begins = unicodedata.normalize("NFC", word).casefold()
    return all(
        sign == begins[place : place + 1]
        for place, sign in enumerate(typed)
        if unicodedata.decomposition(sign)
    )
