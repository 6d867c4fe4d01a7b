"""Whether a text is in the language that the lexicon knows."""

from functools import lru_cache

from midword.suggest.lexicon import Lexicon
from midword.text.folding import fold
from midword.text.words import words

# Even technical English has over half of its words among these; German has a tenth.
_COMMON = 2000
_LEAST_SHARE = 0.3
# A few words don't show their language.
_LEAST_WORDS = 8


def is_english(language: str) -> bool:
    """Whether a BCP 47 tag names English of any country: "en", "en-GB"."""
    return language.replace("_", "-").partition("-")[0].casefold() in ("en", "eng")


@lru_cache(maxsize=512)
def folded_words(text: str) -> list[str]:
    """The folded words of a context, in order."""
    return [match[0] for match in words(fold(text))]


def common_words(lexicon: Lexicon) -> frozenset[str]:
    """The folded words by which a language is told; none of an empty lexicon."""
    return frozenset(lexicon.keys[place] for place in lexicon.most_frequent("", _COMMON))


@lru_cache(maxsize=64)
def reads(common: frozenset[str], left: str, right: str) -> bool:
    """Whether the text around a gap looks like a language, or is too short to tell.

    Args:
        common: its :func:`common_words`; with none every text does.
        left: what stands before the gap.
        right: what stands behind it.
    """
    found = [*folded_words(left), *folded_words(right)]
    if len(found) < _LEAST_WORDS or not common:
        return True
    return sum(map(common.__contains__, found)) >= _LEAST_SHARE * len(found)
