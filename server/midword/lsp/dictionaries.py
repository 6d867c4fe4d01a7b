"""The dictionaries in use, read anew when somebody edited their files by hand."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import NamedTuple

from midword.engine.worker import Worker
from midword.errors import UserError
from midword.own_folders import data_folder
from midword.suggest.dictionary import Dictionary

# A larger one takes longer to read than a key may take; meanwhile the words that it had count.
_AT_ONCE_BYTES = 50_000

Stamp = tuple[int, int, int] | None  # time of change in ns, size, inode; None: no such file


class Location(NamedTuple):
    """Where a dictionary lies; for a project's, the folder that no link may lead out of, too."""

    path: Path
    inside: Path | None = None


class Shelf:
    """Dictionaries by location.

    Attributes:
        personal: the writer's own, where no setting names another.
    """

    def __init__(self, tell: Callable[[str], None]) -> None:
        """Begin with nothing read; `tell` shows the writer a message."""
        self.personal = data_folder() / "dictionary.txt"
        self._tell = tell
        self._told: set[str] = set()
        self._worker = Worker("midword-dictionaries")
        self._read: dict[Location, tuple[Stamp, Dictionary]] = {}
        self._reading: dict[Location, tuple[Stamp, Future[Dictionary]]] = {}

    def get(self, location: Location) -> Dictionary:
        """A dictionary as its file is now; a long one as it is soon; empty if it can't be read."""
        stamp = _stamp(location.path)
        known = self._read.get(location)
        if known is not None and known[0] == stamp:
            return known[1]
        if stamp is None or stamp[1] <= _AT_ONCE_BYTES:
            return self._keep(location, stamp, _load(location))
        began = self._reading.get(location)
        if began is None:
            began = self._reading[location] = (stamp, self._worker.submit(lambda: _load(location)))
        if began[1].done():
            del self._reading[location]
            return self._keep(location, began[0], began[1].result())
        return known[1] if known is not None else Dictionary(location.path)

    def close(self) -> None:
        """Read no more."""
        self._worker.close()

    def complain(self, problem: str) -> None:
        """Show the writer a message, once."""
        if problem and problem not in self._told:
            self._told.add(problem)
            self._tell(problem)

    def _keep(self, location: Location, stamp: Stamp, dictionary: Dictionary) -> Dictionary:
        self._read[location] = (stamp, dictionary)
        self._reading.pop(location, None)
        self.complain(dictionary.problem)
        return dictionary


def _stamp(path: Path) -> Stamp:
    try:
        status = os.stat(path)  # noqa: PTH116 - asked at every request; Path.stat takes 3x as long
    except (OSError, ValueError):
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino


def _load(location: Location) -> Dictionary:
    try:
        return Dictionary.load(location.path, location.inside)
    except UserError as error:
        return Dictionary(location.path, problem=str(error))
