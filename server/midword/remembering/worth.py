"""Which of the typed words may be kept: words of a language, and none where secrets are told."""

from __future__ import annotations

import re

from midword.text.words import APOSTROPHES, HYPHENS

_LONGEST = 30  # characters; longer ones are data more often than words
_SHAPE = re.compile(r"[^\W\d_]{2,}")
_PARTS = re.compile(f"[{APOSTROPHES}{HYPHENS}]")
_HUMPS = 4  # capitals inside of a word: "JavaScript", "PostgreSQL"; more are a key's
_SECRET = re.compile(
    r"\b(?:pass[ -]?(?:word|phrase|code|key|wd)s?|pwd|pins?|puk|tokens?|secrets?|seed|mnemonics?"
    r"|credentials?|(?:api|access|private|recovery|backup|licen[cs]e|security|door)"
    r" ?(?:keys?|codes?)|code ?words?|log ?ins?|passwort|kennwort|geheimnis|contrase\u00f1a"
    r"|mot de passe)\b",
    re.IGNORECASE,
)


def is_worth(word: str) -> bool:
    """Whether something typed is a word by its shape, and not a key, a code or a noise."""
    if not 2 <= len(word) <= _LONGEST:
        return False
    parts = [part for part in _PARTS.split(word) if part]
    if not any(_SHAPE.fullmatch(part) for part in parts):
        return False
    return all(_is_cased(part) for part in parts)


def tells_secrets(near: str) -> bool:
    """Whether a secret may follow what stands before a word: nothing near is kept then."""
    return _SECRET.search(near) is not None


def _is_cased(part: str) -> bool:
    """Whether capitals stand where words have them: none, first, all, or a few humps."""
    inner = part[1:]
    capitals = sum(letter.isupper() for letter in inner)
    if not capitals or capitals == len(inner):
        return True
    # "aXbQzR" changes with each letter; "JavaScript", "PostgreSQL" and "PhD" don't.
    changes = sum(a.isupper() != b.isupper() for a, b in zip(part, inner, strict=False))
    return capitals <= _HUMPS and changes <= 3
