"""How often each of very many paragraphs was met, in nine bytes for each of them."""

from __future__ import annotations

from collections import Counter

import numpy as np

_RECENT = 1 << 18  # paragraphs that are counted by themselves before they join the others
_MOST = 255  # times that are told apart


class Seen:
    """Counts keys; of a key of `key_of` its first eight bytes tell it from others."""

    def __init__(self) -> None:
        self._recent: Counter[int] = Counter()
        self._keys = np.empty(0, np.uint64)  # sorted
        self._times = np.empty(0, np.uint8)

    def times(self, key: bytes) -> int:
        """How often it was added; of more than 255 times, at least so many."""
        number = int.from_bytes(key[:8], "big")
        found = self._recent.get(number, 0)
        if len(self._keys):
            place = int(np.searchsorted(self._keys, np.uint64(number)))
            if place < len(self._keys) and self._keys[place] == number:
                found += int(self._times[place])
        return found

    def add(self, key: bytes) -> None:
        """Count it once more."""
        self._recent[int.from_bytes(key[:8], "big")] += 1
        if len(self._recent) >= _RECENT:
            self._join()

    def _join(self) -> None:
        count = len(self._recent)
        recent = np.fromiter(self._recent.keys(), np.uint64, count)
        times = np.fromiter((min(n, _MOST) for n in self._recent.values()), np.uint8, count)
        keys = np.concatenate([self._keys, recent])
        order = np.argsort(keys, kind="stable")
        keys = keys[order]
        first = np.flatnonzero(np.append(True, keys[1:] != keys[:-1]))
        both = np.concatenate([self._times, times])[order].astype(np.uint16)
        self._keys = keys[first]
        self._times = np.minimum(np.add.reduceat(both, first), _MOST).astype(np.uint8)
        self._recent.clear()
