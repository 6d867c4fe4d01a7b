"""How lists fared: counts and timings, never words."""

import threading
from collections import deque
from dataclasses import dataclass, field


@dataclass(slots=True)
class Statistics:
    """Of one suggester's lists.

    Attributes:
        lists: made so far.
        misses: how many of them were asked for before their gap was read.
        latencies: seconds of the last lists, without waiting for a pass.
    """

    lists: int = 0
    misses: int = 0
    latencies: deque[float] = field(default_factory=lambda: deque(maxlen=1000))
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def hits(self) -> int:
        """Lists whose gap was read before."""
        return max(0, self.lists - self.misses)

    def count(self, seconds: float) -> None:
        """Count a list that took so long; from any thread."""
        with self._lock:
            self.latencies.append(seconds)
            self.lists += 1
