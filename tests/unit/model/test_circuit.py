"""A server that fails is spared, looked after by the way, and asked again when it answers."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable

import pytest

from midword.model import circuit
from midword.model.circuit import Circuit


class Server:
    """Something to probe, which is up or down."""

    def __init__(self) -> None:
        self.is_up = False
        self.probes = 0
        self.may_answer = threading.Event()
        self.may_answer.set()

    def probe(self) -> None:
        self.probes += 1
        self.may_answer.wait(30)
        if not self.is_up:
            raise OSError("down")


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def spared(server: Server, monkeypatch: pytest.MonkeyPatch) -> Circuit:
    """A circuit that waits for hundredths of a second."""
    monkeypatch.setattr(circuit, "_FIRST", 0.01)
    monkeypatch.setattr(circuit, "_LONGEST", 0.08)
    return Circuit(server.probe, str)


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def test_it_is_asked_until_it_fails(server: Server, spared: Circuit) -> None:
    assert spared.is_closed()
    spared.failed(OSError("down"))
    assert not spared.is_closed()
    assert spared.trouble == "down"
    server.is_up = True
    until(spared.is_closed)
    assert spared.trouble == ""


def test_nobody_asks_nothing_happens(server: Server, spared: Circuit) -> None:
    spared.failed(OSError("down"))
    before = threading.active_count()
    time.sleep(0.1)  # ten times as long as it is spared
    assert server.probes == 0
    assert threading.active_count() == before


def test_one_looks_at_a_time(server: Server, spared: Circuit) -> None:
    server.may_answer.clear()
    spared.failed(OSError("down"))
    until(lambda: not spared.is_closed() and server.probes == 1)
    threads = threading.active_count()
    time.sleep(0.05)
    for _ in range(1000):
        assert not spared.is_closed()
    assert server.probes == 1
    assert threading.active_count() == threads
    server.may_answer.set()


def test_one_that_often_fails_is_spared_longer(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    spared = Circuit(server.probe, str)

    def seconds() -> int:
        spared.failed(OSError("down"))
        (found,) = re.findall(r"is spared for (\d+) s: ", caplog.messages[-1])
        return int(found)

    assert [seconds() for _ in range(8)] == [1, 2, 4, 8, 16, 32, 60, 60]
    for _ in range(2):
        spared.succeeded()
    assert seconds() == 15
    for _ in range(9):
        spared.succeeded()
    assert [seconds(), seconds()] == [1, 2]


def test_the_beginning(server: Server, spared: Circuit) -> None:
    spared.try_now()
    assert spared.trouble == "down"
    server.is_up = True
    until(spared.is_closed)
