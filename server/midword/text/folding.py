"""The key under which a word's forms meet."""

import unicodedata

_PLAIN = str.maketrans("\u2019\u02bc\u2010\u2011", "''--", "\u00ad")


def fold(text: str) -> str:
    """A word without case, accents and soft hyphens, its apostrophes straight, its hyphens plain.

    Sources that know words in other forms (an uncased model, a lexicon with "Café", a writer
    who types "cafe") meet in it.
    """
    if text.isascii():
        return text.lower()
    text = unicodedata.normalize("NFD", text.translate(_PLAIN).casefold())
    return "".join(sign for sign in text if not unicodedata.combining(sign))
