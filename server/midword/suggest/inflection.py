"""Forms that no source has whole: a name's possessive, the plural of the writer's own word."""

from collections.abc import Iterator

from midword.suggest.casing import Casing

# Of a name's mentions, this share is possessive where nothing is known of the name itself.
_NAMES_POSSESSIVE = 0.06
# Of a term's mentions in a text, so many are plurals where only the singular was seen.
_TERMS_PLURAL = 0.1
_IS_A_NAME = 0.65
_SHORTEST = 3


def inflections(key: str, casing: Casing) -> Iterator[tuple[str, float]]:
    """Inflected forms of a folded word, each with its frequency beside the word's own.

    The endings are English. A word of the language inflects as the lexicon has seen it; a name
    may always be possessive; a term that only the writer's texts have may be plural.

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
    if casing.capital_share(key) >= _IS_A_NAME:
        known = max(known, _NAMES_POSSESSIVE)
    if known:
        yield key + "'s", known
    own = casing.memory is not None and casing.memory.count(key)
    if own and not usual and casing.capital_share(key) < _IS_A_NAME and not key.endswith("s"):
        yield key + "s", _TERMS_PLURAL
