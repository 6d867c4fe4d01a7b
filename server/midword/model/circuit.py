"""Whether a server that may fail is asked, or spared for a while.

After a failure nobody waits for it again until it has answered a question of our own, which is
asked by the way, in a thread, when somebody would have liked to ask and some time has passed: a
second after the first failure, twice as long after each further one, a minute at most. Where nobody
asks, nothing happens.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from midword.logs import logger, outline

_FIRST, _LONGEST = 1.0, 60.0  # seconds


class Circuit:
    """Closed while a server answers; open while it is spared.

    Args:
        probe: asks the server something; raises if it can't be used.
        describe: what an error of the probe or of a question means, for the writer.
    """

    def __init__(self, probe: Callable[[], None], describe: Callable[[BaseException], str]) -> None:
        self.trouble = ""  # why it is open, for the writer; "": it is closed
        self._probe = probe
        self._describe = describe
        self._wait = _FIRST
        self._next = 0.0
        self._lock = threading.Lock()
        self._is_probing = False

    def try_now(self) -> None:
        """Ask the server here and now, however long that takes."""
        try:
            self._probe()
        except Exception as error:
            self.failed(error)
        else:
            self.trouble = ""

    def is_closed(self) -> bool:
        """Whether to ask the server; if not, it is looked after when it is time."""
        if not self.trouble:
            return True
        with self._lock:
            if self._is_probing or time.monotonic() < self._next:
                return False
            self._is_probing = True
        threading.Thread(target=self._look, name="midword-box", daemon=True).start()
        return False

    def succeeded(self) -> None:
        """The server has answered. It is trusted by halves: one that often fails is spared long."""
        self._wait = max(_FIRST, self._wait / 2)

    def failed(self, error: BaseException) -> None:
        """The server has not answered, or not what can be used."""
        logger.warning("the inference server is spared for %.0f s: %s", self._wait, outline(error))
        self._next = time.monotonic() + self._wait
        self._wait = min(_LONGEST, 2 * self._wait)
        self.trouble = self._describe(error)

    def _look(self) -> None:
        try:
            self.try_now()
        finally:
            self._is_probing = False
