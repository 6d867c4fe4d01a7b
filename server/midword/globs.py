"""Globs as in `.gitignore`, judged in linear time: the only place that makes a matcher.

A glob may come from a folder's file, and one such as `a*a*a*a*a*b` costs a backtracking matcher
minutes for one name. RE2 has no such names, and gives up on globs that it would need too much
memory for. What is no glob is left out, each line by itself.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

import re2
from pathspec import GitIgnoreSpec
from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

LONGEST = 1000  # characters of one glob; paths are hardly longer
MOST_CHARACTERS = 100_000  # of all lines of a file together; more are left out
_MOST_IN_SETTINGS = 10_000  # they are asked about while somebody types
# Characters of the globs that one automaton judges: of more, RE2's memory may not suffice.
_AT_ONCE = 4000

_NOT_IN_UTF_8 = re.compile("[\ud800-\udfff]")


class Globs:
    """Globs in order, the later ones stronger; see gitignore(5).

    Attributes:
        refused: the lines that are no globs, or one too many.
    """

    def __init__(self, lines: Iterable[str], most: int = MOST_CHARACTERS) -> None:
        self.refused: list[str] = []
        self._specs: list[GitIgnoreSpec] = []
        for patterns in _portions(self._patterns(lines, most)):
            self._compile(patterns)

    def __bool__(self) -> bool:
        return bool(self._specs)

    def match(self, path: str) -> bool:
        """Whether a path, relative and with slashes, matches; a folder's ends with a slash."""
        path = _NOT_IN_UTF_8.sub("\ufffd", path)
        for spec in reversed(self._specs):
            included = spec.check_file(path).include
            if included is not None:
                return included
        return False

    def _patterns(
        self, lines: Iterable[str], left: int
    ) -> Iterator[tuple[str, GitIgnoreSpecPattern]]:
        for line in lines:
            pattern = None
            if len(line) <= LONGEST:
                left -= len(line) + 1
                pattern = _pattern(line) if left >= 0 else None
            if pattern is None:
                self.refused.append(line)
            elif pattern.include is not None:  # not a comment
                yield line, pattern

    def _compile(self, patterns: Sequence[tuple[str, GitIgnoreSpecPattern]]) -> None:
        """Make a matcher; halves of them where RE2 refuses, until the bad line is alone."""
        try:
            self._specs.append(GitIgnoreSpec([pattern for _, pattern in patterns], backend="re2"))
        except (re2.error, ValueError):
            if len(patterns) == 1:
                self.refused.append(patterns[0][0])
                return
            middle = len(patterns) // 2
            self._compile(patterns[:middle])
            self._compile(patterns[middle:])


@lru_cache(maxsize=64)
def globs(lines: tuple[str, ...]) -> Globs:
    """The matcher of a setting's globs."""
    return Globs(lines, _MOST_IN_SETTINGS)


def _pattern(line: str) -> GitIgnoreSpecPattern | None:
    try:
        with warnings.catch_warnings():
            # Python's own syntax of classes may change one day; RE2's is what counts here.
            warnings.simplefilter("ignore", FutureWarning)
            return GitIgnoreSpecPattern(line)
    except (ValueError, re.error, OverflowError, RecursionError):
        return None


def _portions(
    patterns: Iterable[tuple[str, GitIgnoreSpecPattern]],
) -> Iterator[list[tuple[str, GitIgnoreSpecPattern]]]:
    portion: list[tuple[str, GitIgnoreSpecPattern]] = []
    size = 0
    for line, pattern in patterns:
        if portion and size + len(line) > _AT_ONCE:
            yield portion
            portion, size = [], 0
        portion.append((line, pattern))
        size += len(line)
    if portion:
        yield portion
