"""The key under which a word's forms meet."""

import unicodedata


def fold(text: str) -> str:
    """A word without case and accents, its apostrophes straight.

    Sources that know words in other forms (an uncased model, a lexicon with "Café", a writer
    who types "cafe") meet in it.
    """
    if text.isascii():
        return text.lower()
    text = unicodedata.normalize("NFD", text.replace("’", "'").casefold())
    return "".join(sign for sign in text if not unicodedata.combining(sign))
