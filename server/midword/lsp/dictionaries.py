"""The dictionaries in use, read anew when somebody edited their files by hand."""

from __future__ import annotations

import os
from pathlib import Path

from midword.logs import logger
from midword.model.store import data_dir
from midword.suggest.dictionary import Dictionary

_MOST_BYTES = 10 * 2**20  # a larger file is not a list of somebody's own words

Stamp = tuple[int, int] | None  # time of change in ns and size; None: there is no such file


class Shelf:
    """Dictionaries by path."""

    def __init__(self) -> None:
        self.personal = data_dir() / "dictionary.txt"
        self._read: dict[Path, tuple[Stamp, Dictionary]] = {}

    def get(self, path: Path) -> Dictionary:
        """A dictionary as its file is now; empty if it can't be read."""
        stamp = _stamp(path)
        known = self._read.get(path)
        if known is None or known[0] != stamp:
            known = self._read[path] = (stamp, _load(path, stamp))
        return known[1]


def _stamp(path: Path) -> Stamp:
    try:
        status = os.stat(path)  # noqa: PTH116 - asked at every request; Path.stat takes 3x as long
    except (OSError, ValueError):
        return None
    return status.st_mtime_ns, status.st_size


def _load(path: Path, stamp: Stamp) -> Dictionary:
    try:
        if stamp is not None and stamp[1] <= _MOST_BYTES and path.is_file():
            return Dictionary.load(path)
    except OSError as error:
        logger.warning("a dictionary can't be read: %s", error.strerror)
    return Dictionary(path, frozenset(), frozenset())
