"""Forms that no source has whole: a name's possessive, the plural of the writer's own word."""

import re
from collections.abc import Iterator

from midword.suggest.casing import Casing

# Of a name's mentions, this share is possessive where nothing is known of the name itself.
_NAMES_POSSESSIVE = 0.06
# Of a term's mentions in a text, so many are plurals where only the singular was seen.
_TERMS_PLURAL = 0.1
_IS_A_NAME = 0.65
_SHORTEST = 3

_HISSES = re.compile(r"(?:s|x|z|ch|sh)$")
_ENDS_IN_Y = re.compile(r"(?<=[^aeiou])y$")
# "Stop" doubles its last letter, "travel" may, "look" and "show" don't.
_DOUBLES = re.compile(r"(?:^|[^aeiou])[aeiou][^aeiouwxy]$")
_ONE_SYLLABLE = re.compile(r"[^aeiou]*[aeiou][^aeiou]+$")


def inflections(key: str, casing: Casing) -> Iterator[tuple[str, float]]:
    """Inflected forms of a folded word, each with its frequency beside the word's own.

    The endings are English. A word of the language inflects as the lexicon has seen it; a name
    may always be possessive, unless it
    ends in s as plurals do; a term that only the writer's texts have may be plural.

    Args:
        key: a folded word that is likely at the gap.
        casing: what tells names and the writer's own terms.

    Yields:
        The folded form, and its frequency as a multiple of the word's.
    """
    if len(key) < _SHORTEST or not (key.isascii() and key.isalpha()):
        return
    lexicon = casing.lexicon
    usual = lexicon.probability(key)
    known = lexicon.probability(key + "'s") / usual if usual else 0.0
    if casing.capital_share(key) >= _IS_A_NAME and not key.endswith("s"):
        known = max(known, _NAMES_POSSESSIVE)
    if known:
        yield key + "'s", known
    own = casing.memory is not None and casing.memory.count(key)
    if own and not usual and casing.capital_share(key) < _IS_A_NAME and not key.endswith("s"):
        yield key + "s", _TERMS_PLURAL


def plurals(key: str) -> set[str]:
    """The regular plural of a folded English word, or its third person."""
    if _HISSES.search(key):
        return {key + "es"}
    if _ENDS_IN_Y.search(key):
        return {key[:-1] + "ies"}
    return {key + "s", key + "es"} if key.endswith("o") else {key + "s"}


def regular_forms(key: str) -> set[str]:
    """The regular inflected forms of a folded English word, as a noun and as a verb."""
    if len(key) < _SHORTEST or not (key.isascii() and key.isalpha()):
        return {key + "'s"}
    forms = plurals(key)
    stems = {key.removesuffix("e")}
    if _DOUBLES.search(key):
        stems = {key + key[-1]} if _ONE_SYLLABLE.match(key) else {key, key + key[-1]}
    forms |= {stem + "ing" for stem in stems}
    past = {_ENDS_IN_Y.sub("i", stem) for stem in stems}
    forms |= {stem + "ed" for stem in past}
    return forms | {form + "'s" for form in (key, *plurals(key))} | {f + "'" for f in plurals(key)}
