"""Waiting for what an editor does: never a fixed time, always with a word on what did not come."""

import os
import time
from collections.abc import Callable
from typing import TypeVar

import psutil

T = TypeVar("T")

# Generous, since two slow cores may be shared.
WAIT_S = float(os.environ.get("MIDWORD_EDITORS_WAIT_S", "60"))


def wait_for(what: str, get: Callable[[], T], timeout: float = WAIT_S) -> T:
    """The first true value of ``get()``; fails after `timeout` seconds, saying what was awaited."""
    end = time.monotonic() + timeout
    while not (value := get()):
        assert time.monotonic() < end, f"waited {timeout} s for {what}; last seen: {value!r}"
        time.sleep(0.02)
    return value


def ask_until(what: str, ask: Callable[[], None], get: Callable[[], T], every: float = 3) -> T:
    """The first true value of ``get()``, with `ask` called again and again, `every` seconds apart.

    For editors that don't say when the server is ready: until then it answers with other words.
    """

    def answered() -> T:
        ask()
        end = time.monotonic() + every
        while not (value := get()) and time.monotonic() < end:
            time.sleep(0.05)
        return value

    return wait_for(what, answered)


def wait_for_list(
    get: Callable[[], list[str]], first: str | None = None, holds: str | None = None
) -> list[str]:
    """The first list of words that begins with `first` and holds `holds`, where these are given."""
    seen: list[str] = []

    def fits() -> bool:
        seen[:] = get()
        return (
            bool(seen) and (first is None or seen[0] == first) and (holds is None or holds in seen)
        )

    end = time.monotonic() + WAIT_S
    while not fits():
        wanted = f"a list (first: {first}, holds: {holds})"
        assert time.monotonic() < end, f"waited {WAIT_S} s for {wanted}; last seen: {seen}"
        time.sleep(0.02)
    return seen


def servers(process_id: int) -> list[psutil.Process]:
    """The Midword servers that an editor's process, or a child of it, has running."""
    found = []
    for child in psutil.Process(process_id).children(recursive=True):
        try:
            if {"connect", "serve"} & set(child.cmdline()):
                found.append(child)
        except psutil.Error:
            pass  # it ended meanwhile
    return found
