"""Text that somebody else wrote, made fit to be shown: in a terminal, a message, a list."""

import reprlib

_MOST = 300  # characters; a message stays one that can be read


def shown(text: object, most: int = _MOST) -> str:
    """Foreign text on one line, without anything that a terminal would obey, and not too long.

    Escape sequences, line ends and marks that turn the direction of writing become `\\x1b` and the
    like; letters of any script stay.
    """
    whole = str(text)
    part = whole[:most]
    safe = "".join(
        sign if sign.isprintable() else sign.encode("unicode_escape").decode("ascii")
        for sign in part
    )
    return f"{safe}..." if len(whole) > most else safe


def value_shown(value: object) -> str:
    """A value as Python writes it, shortened, however large or deep it is."""
    try:
        return _SHORT.repr(value)
    except ValueError:  # an integer of thousands of digits
        return "so long a number"


def _short() -> reprlib.Repr:
    short = reprlib.Repr()
    short.maxlevel, short.maxstring, short.maxother = 2, 60, 60
    short.maxlist = short.maxtuple = short.maxdict = 4
    return short


_SHORT = _short()
