"""The thread beside the event loop: urgent jobs first, none lost but what was cancelled."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import CancelledError, wait

import pytest

from midword.engine.worker import LATER, URGENT, Worker


@pytest.fixture
def worker() -> Iterator[Worker]:
    worker = Worker("a-worker")
    yield worker
    worker.close()


def thread_of(worker: str) -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == worker]


def test_urgent_jobs_come_first_and_each_kind_in_order(worker: Worker) -> None:
    gate, done = threading.Event(), list[str]()
    worker.submit(lambda: gate.wait(60))
    futures = [
        worker.submit(lambda name=name: done.append(name), priority)
        for name, priority in [("a", LATER), ("b", URGENT), ("c", LATER), ("d", URGENT)]
    ]
    dropped = worker.submit(lambda: done.append("dropped"))
    assert dropped.cancel()
    gate.set()
    wait(futures, 60)
    assert done == ["b", "d", "a", "c"]
    assert worker.submit(lambda: 7).result(60) == 7


def test_what_fails_is_told_to_who_asked_and_the_next_is_done(worker: Worker) -> None:
    with pytest.raises(ZeroDivisionError):
        worker.submit(lambda: 1 / 0).result(60)
    assert worker.submit(lambda: "on").result(60) == "on"


def test_the_thread_begins_with_the_first_job_and_ends_when_it_is_closed() -> None:
    worker, begun, gate = Worker("another-worker"), threading.Event(), threading.Event()
    assert not thread_of("another-worker")
    running = worker.submit(lambda: begun.set() or gate.wait(60))
    waiting = worker.submit(lambda: "never")
    (thread,) = thread_of("another-worker")
    assert thread.daemon
    assert begun.wait(60)
    worker.close()
    assert worker.submit(lambda: "never").cancelled()
    gate.set()
    assert running.result(60) is True
    with pytest.raises(CancelledError):
        waiting.result(60)
    thread.join(60)
    assert not thread.is_alive()
