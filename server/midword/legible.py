"""What somebody else wrote, as it may stand in a message: short, on one line, of visible signs."""

import reprlib

_MOST = 2000  # characters of a message; an editor shows a line or two


def _short() -> reprlib.Repr:
    short = reprlib.Repr()
    short.maxlevel, short.maxstring, short.maxother = 2, 60, 60
    short.maxlist = short.maxtuple = short.maxdict = 4
    return short


_SHORT = _short()


def shown(value: object) -> str:
    """A value that is wrong: as Python writes it, however large or deep it is."""
    try:
        return _SHORT.repr(value)
    except ValueError:  # an integer of thousands of digits
        return "so long a number"


def name(text: str) -> str:
    """A name that is wrong, shortened, to be quoted."""
    return one_line(text if len(text) <= 60 else f"{text[:40]}...{text[-10:]}")


def one_line(text: str, most: int = _MOST) -> str:
    """A message whose invisible characters are escaped (line ends, terminals' commands, turns of
    the writing's direction), cut where it is too long."""
    text = text if len(text) <= most else text[: most - 3] + "..."
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text)
