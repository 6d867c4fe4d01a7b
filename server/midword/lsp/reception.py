"""Who is let in through a socket: this user's programs, one of them at a time.

A port of 127.0.0.1 is open to every program of the machine, and every web page makes a browser
connect to it. So a client shows the server's token before anything that it says is understood, and
the server, which serves one client, is that client's from `initialize` on: a port scan or a client
that says nothing takes nobody's place.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Protocol

from midword import logs
from midword.addresses import is_loopback
from midword.errors import UserError
from midword.logs import logger
from midword.lsp.wire import Conversation, Receiver, Wire, converse
from midword.tokens import Token

PATIENCE = 10.0  # seconds in which a client shows the token
MOST_WAITING = 32  # connections that haven't shown it, at most


class Beginning(Receiver, Protocol):
    """A protocol that knows whether the client has begun."""

    initialized: bool


class _Door(Protocol):
    """A server that listens."""

    @property
    def sockets(self) -> Iterable[Any]:
        """Where."""

    def close(self) -> None:
        """Let nobody in any more."""


class Guest(Conversation, Protocol):
    """A session that may become the server's one."""

    @property
    def protocol(self) -> Beginning:
        """Who understands the messages."""


class Reception:
    """Keeps the token, those who wait, and the one place."""

    def __init__(self, new_session: Callable[[], Guest], token: Token) -> None:
        self.over: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self.taken = False
        self._new_session = new_session
        self._token = token
        # Who has no place yet, in the order in which they came: how to turn each away.
        self._waiting: dict[object, Callable[[], object]] = {}  # for the token
        self._admitted: dict[object, Callable[[], object]] = {}  # this user's own

    def arrived(self, client: object, turn_away: Callable[[], object]) -> None:
        """Let a connection wait; the one that has waited longest goes where there are too many."""
        self._waiting[client] = turn_away
        if len(self._waiting) > MOST_WAITING:
            longest = next(iter(self._waiting))
            logger.warning("turned away a connection: too many wait")
            self._waiting.pop(longest)()

    def gone(self, client: object) -> None:
        """A connection ended."""
        self._waiting.pop(client, None)
        self._admitted.pop(client, None)

    def admits(self, given: bytes) -> bool:
        """Whether what a client shows is the token."""
        if self._token.matches(given):
            return True
        logger.warning("turned away a connection: its token is wrong")
        return False

    async def converse(self, client: object, wire: Wire) -> None:
        """Talk with a client that was admitted. It gets the place when it initializes."""
        if (turn_away := self._waiting.pop(client, None)) is None:
            return  # turned away at this very moment
        self._admitted[client] = turn_away
        session = self._new_session()
        has_place = False

        def begin() -> None:
            nonlocal has_place
            if has_place or not session.protocol.initialized:
                return
            has_place = self.taken = True
            self._admitted.pop(client, None)
            for turn_others_away in [*self._waiting.values(), *self._admitted.values()]:
                logger.warning("turned a second client away")
                turn_others_away()
            self._waiting.clear()
            self._admitted.clear()

        code = await converse(wire, session, begin)
        if has_place and not self.over.done():
            self.over.set_result(code)

    async def listen(self, kind: str, address: str, opening: Awaitable[_Door]) -> int:
        """Listen, say where, and wait for the client and its end; the exit code.

        Args:
            kind: "tcp" or "ws".
            address: where it shall be, for whoever started us.
            opening: makes the server.

        Raises:
            UserError: it can't listen there.
        """
        try:
            door = await opening
        except OSError as error:
            raise UserError(f"can't listen on {address}: {error.strerror}") from error
        try:
            return await self._stay(kind, door.sockets)
        finally:
            door.close()

    async def _stay(self, kind: str, sockets: Iterable[Any]) -> int:
        host, port = next(iter(sockets)).getsockname()[:2]
        shown = f"[{host}]" if ":" in host else host
        # Port 0 means any, and whoever started us must learn it.
        logs.say(f"listening on {kind}://{shown}:{port}, token in {self._token.path}")
        _leave_at_signals(self.over)
        return await self.over


def _leave_at_signals(over: asyncio.Future[int]) -> None:
    """Leave as at a client's end, so that the token's file goes."""

    def leave(number: int) -> None:
        if not over.done():
            over.set_result(128 + number)

    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        # A server that nohup started goes on.
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            with contextlib.suppress(NotImplementedError):  # Windows
                asyncio.get_running_loop().add_signal_handler(number, leave, number)


def check_loopback(host: str) -> None:
    """Refuse addresses that other machines can reach.

    Raises:
        UserError: `host` is not this machine.
    """
    if not is_loopback(host):
        raise UserError(
            f"{host} can be reached from other machines, and whoever connects could read your text "
            "and run commands here; use 127.0.0.1"
        )
