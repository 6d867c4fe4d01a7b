"""Text that somebody else wrote, made fit to be shown: in a terminal, a message, a list."""

import re
import reprlib

_MOST = 300  # characters; a message stays one that can be read
_MOST_READ = 1_000_000  # of which a part is shown
# A name so long that what is said of it would be cut off: only its ends are shown. It is looked for
# where a name begins, so that each is read once.
_LONG_NAME = re.compile(r"(?<!\S)(\S{300})\S{201,}(?<=(\S{150}))")


def shown(text: object, most: int = _MOST) -> str:
    """Foreign text on one line, without anything that a terminal would obey, and not too long.

    The middle of a very long name is left out, so that what is said behind it is still there.

    Escape sequences, line ends and marks that turn the direction of writing become `\\x1b` and the
    like; letters of any script stay.
    """
    whole = _LONG_NAME.sub(r"\1...\2", str(text)[:_MOST_READ])
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
