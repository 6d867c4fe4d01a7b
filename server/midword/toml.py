"""A small TOML file from a folder, judged before it is parsed.

`tomllib` spends memory on a dotted key by the square of its parts: 80 KB of `a.a.a...` take 4 GB.
No settings file needs such a key, nor one longer than a page or two.
"""

import re
import tomllib
from pathlib import Path
from typing import Any

from midword import files

MOST_BYTES = 2**16
_MOST_DOTS = 16  # in a line, besides those of texts

# As tomllib finds them (one or two quotes may stand before the closing three): neither takes for a
# text what the other takes for a key. One that is never closed goes on to the end of its line or
# of the file: where nothing is found, the search would begin anew at each further quote.
_TEXT = re.compile(
    r"""
    \"{3} (?: [^\\] | \\. )*? (?: \"{3,5} | \\?\Z )
    | \'{3} .*? (?: \'{3,5} | \Z )
    | \" (?: [^"\\\n] | \\. )* (?: \" | (?=\n) | \\?\Z )
    | \' [^'\n]* (?: \' | (?=\n) | \Z )
    | \# [^\n]*
    """,
    re.DOTALL | re.VERBOSE,
)


def load(path: Path) -> dict[str, Any]:
    """What a TOML file says.

    Raises:
        FileNotFoundError: there is none.
        OSError: it is no plain file, or too large.
        ValueError: it is not UTF-8, not TOML, or nested too deep.
    """
    text = files.read_text(path, MOST_BYTES)
    for line in _TEXT.sub('""', text).split("\n"):
        if line.count(".") > _MOST_DOTS:
            raise ValueError("a key has too many parts")
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise ValueError("it is nested too deep") from error
    except tomllib.TOMLDecodeError:
        raise
    except ValueError as error:  # the interpreter's own advice, which is none for a writer
        raise ValueError("a number in it is too long") from error
