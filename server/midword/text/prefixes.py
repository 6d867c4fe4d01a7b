"""Where the words that begin so stand among sorted ones."""

from bisect import bisect_left
from collections.abc import Sequence

_LAST = "\U0010ffff"  # sorts after every letter


def beginning(keys: Sequence[str], prefix: str) -> slice:
    """The place of the words that begin with a prefix, in sorted words; all for ""."""
    if not prefix:
        return slice(0, len(keys))
    begin = bisect_left(keys, prefix)
    return slice(begin, bisect_left(keys, prefix + _LAST, begin))
