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
_END = -1  # before all others, for they are not done any more


class Worker:
    """Runs jobs one after the other, the urgent ones first, each kind in the order given.

    Its thread begins with the first job and ends with `close`.
    """

    def __init__(self, name: str) -> None:
        self._jobs: queue.PriorityQueue[tuple[int, int, Future[Any], Callable[[], Any]]] = (
            queue.PriorityQueue()
        )
        self._numbers = itertools.count()
        self._name = name
        self._thread: threading.Thread | None = None
        self._is_over = False

    def submit(self, job: Callable[[], T], priority: int = URGENT) -> Future[T]:
        """Queue a job. Cancelling its future drops it, unless it runs already."""
        future: Future[T] = Future()
        if self._is_over:
            future.cancel()
            return future
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
            self._thread.start()
        self._jobs.put((priority, next(self._numbers), future, job))
        return future

    def close(self) -> None:
        """End the thread, after the job that it is in; jobs that wait are cancelled."""
        self._is_over = True
        self._jobs.put((_END, next(self._numbers), Future(), lambda: None))

    def _run(self) -> None:
        while self._take():
            pass
        while not self._jobs.empty():
            self._jobs.get()[2].cancel()

    def _take(self) -> bool:
        """Do the next job; whether there may be more. What it holds doesn't outlive this call."""
        priority, _, future, job = self._jobs.get()
        if not future.set_running_or_notify_cancel():
            return True
        try:
            future.set_result(job())
        except BaseException as error:
            future.set_exception(error)
        return priority != _END
