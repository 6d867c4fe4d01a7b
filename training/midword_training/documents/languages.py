"""Which language documents are in, told by its commonest little words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

UNKNOWN = "und"
"""BCP 47 for a language that is not known."""

_ENOUGH = 0.05  # of all words: prose in one of these languages has 15 to 30%
_WORDS: Mapping[str, str] = {
    "en": "the and of to is that for with was are this not",
    "de": "der die das und ist nicht ein eine zu mit den von",
    "fr": "le la les et est une des que pour dans pas du",
    "es": "el los las y es una que por con para del no",
    "it": "il che di e un una per con non della sono gli",
    "pt": "o os as e um uma que para com não do da",
    "nl": "de het een en van is niet dat voor met op zijn",
    "sv": "och att det som är en för inte av med den på",
    "da": "og at det er en ikke for af med som til på",
    "pl": "i w na nie się jest do to z że jak o",
    "cs": "a se na je v že to s z o pro jako",
    "ru": "и в не на что с по это как из для к",
}


def language_of(texts: Iterable[str]) -> str:
    """The BCP 47 tag of the language that the texts are in, `UNKNOWN` if it is none of these."""
    counts = Counter(word for text in texts for word in text.lower().split())
    shares = {tag: sum(counts[word] for word in words.split()) for tag, words in _WORDS.items()}
    tag, most = max(shares.items(), key=lambda pair: pair[1])
    return tag if most and most >= _ENOUGH * counts.total() else UNKNOWN
