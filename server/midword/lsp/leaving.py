"""Leaving with the client's process, for somebody else may keep its end of the pipe open."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from midword import system

_PERIOD = 2.0  # seconds between two looks


class Leaver(Protocol):
    """What this needs of a session."""

    finished: asyncio.Future[int]
    process_id: int | None  # the client's, as `initialize` names it
    parent: int  # the process that started this one, if that is watched; 0 if not

    def background(self, work: Coroutine[Any, Any, object]) -> None:
        """Do something that nobody waits for."""

    def client_left(self) -> None:
        """The client is gone."""


def leave_with(session: Leaver, process_id: int) -> None:
    """End when the process does that the client named.

    One that can't be seen now is of another container or machine, and no death.
    """
    if process_id == session.parent:
        return  # one look is enough
    lives = system.watch(process_id)
    if lives():
        session.background(_leave_with(session, lives))


async def _leave_with(session: Leaver, lives: Callable[[], bool]) -> None:
    while not session.finished.done():
        await asyncio.sleep(_PERIOD)
        if not lives():
            session.client_left()


async def leave_with_parent(session: Leaver, parent: int) -> None:
    """End when the process does that started this one, `initialize` or not.

    It may have been a wrapper that goes while the client, which named itself, stays. A server
    that nobody's child is from the start (1: its parent was gone, or is all there is in its
    container; 0: the parent is outside of the container) has none to watch.
    """
    if parent <= 1:
        return
    session.parent = parent
    lives = system.watch_parent(parent)
    while not session.finished.done():
        await asyncio.sleep(_PERIOD)
        if lives():
            continue
        named = session.process_id
        if named is None or named == parent or not system.watch(named)():
            session.client_left()
        return
