"""How the process ends: with the client's, and without the interpreter's long way out."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine
from typing import Any, NoReturn, Protocol

from midword import logs, system
from midword.errors import UserError
from midword.logs import logger, outline

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


def run_to_the_end(work: Coroutine[Any, Any, int | None]) -> NoReturn:
    """Run an event loop, then end the process with the code that it returns.

    2 is the code where it can't do its work, 130 where somebody pressed Ctrl+C, 1 where something
    fails that nobody thought of. A model may be loading or running in a thread, in native code that
    an interpreter on its way out would abort. Nothing is left to be done, so there is no need to
    take that way.
    """
    try:
        code = asyncio.run(work) or 0
    except UserError as error:
        logs.say(str(error))
        code = 2
    except KeyboardInterrupt:
        code = 130
    except BaseException as error:
        logger.error("unexpected: %s", outline(error))
        logs.say(f"ends, for something failed that should not ({type(error).__name__})")
        code = 1
    logs.finish()
    os._exit(code)


def leave_with(session: Leaver, process_id: int) -> None:
    """End when the process does that the client named, though somebody keep its pipe open.

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
