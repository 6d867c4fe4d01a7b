"""One thread with a queue of its own, for work that must not hold up the event loop.

pygls's thread pool also reads stdin, and a pool's threads are waited for when the process ends;
this thread is neither: a client that leaves while a model loads is not kept waiting.
"""

from __future__ import annotations

import itertools
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")

URGENT, LATER = 0, 1  # what somebody waits for; what may save somebody from waiting


class Worker:
    """Runs jobs one after the other, the urgent ones first, each kind in the order given."""

    def __init__(self, name: str) -> None:
        self._jobs: queue.PriorityQueue[tuple[int, int, Future[Any], Callable[[], Any]]] = (
            queue.PriorityQueue()
        )
        self._numbers = itertools.count()
        self._name = name
        self._thread: threading.Thread | None = None

    def submit(self, job: Callable[[], T], priority: int = URGENT) -> Future[T]:
        """Queue a job. Cancelling its future drops it, unless it runs already."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
            self._thread.start()
        future: Future[T] = Future()
        self._jobs.put((priority, next(self._numbers), future, job))
        return future

    def _run(self) -> None:
        while True:
            _, _, future, job = self._jobs.get()
            if not future.set_running_or_notify_cancel():
                continue
            try:
                result = job()
            except BaseException as error:
                future.set_exception(error)
            else:
                future.set_result(result)
            del future, job  # so that what they hold doesn't live until the next job
