"""A wire carries one client's messages; what each kind of it has in common.

`stdio`, `sockets` and `websocket` are the kinds. A wire hands in what it reads, body by body, and
takes bodies to send, which it never waits to be read: beyond `MOST_UNSENT` the client has stopped
reading, and it loses the connection rather than keep the event loop or fill the memory.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from midword.lsp.frames import FrameError

MOST_UNSENT = 64 * 2**20  # bytes that wait for the client to read; a single message may be longer
FAREWELL = 2.0  # seconds in which the client may read what was said last

Heard = Callable[[bytes | FrameError], None]
"""Takes what came over a wire: a message's body, or why there is none."""


class UnreadError(OSError):
    """More waits than a client that reads leaves unread."""


class Outlet(Protocol):
    """Where message bodies go."""

    def write(self, body: bytes) -> None:
        """Send one body, without waiting.

        Raises:
            OSError: the client is gone, or doesn't read.
        """


class Wire(Outlet, Protocol):
    """One client's connection."""

    def listen(self, heard: Heard, left: Callable[[], None]) -> None:
        """Hand in what comes, on the event loop; `left` is called once nothing more will."""

    async def close(self) -> None:
        """Send what still waits, as far as the client reads it soon, and end the connection."""


class Receiver(Protocol):
    """Who understands the messages: the session's protocol."""

    def receive(self, body: bytes) -> None:
        """Act on one message."""

    def refuse_frame(self, reason: str) -> None:
        """Tell the client that what it sent is no message."""


class Conversation(Protocol):
    """What a wire needs of a session."""

    finished: asyncio.Future[int]

    @property
    def protocol(self) -> Receiver:
        """Who understands the messages."""

    def connect(self, outlet: Outlet) -> None:
        """Answer through `outlet` from now on."""

    def client_left(self) -> None:
        """The connection ended."""

    def close(self) -> None:
        """Give back all that the conversation held."""


async def converse(
    wire: Wire, session: Conversation, after_each: Callable[[], None] | None = None
) -> int:
    """Carry messages between a client and its session until either leaves; the exit code.

    Args:
        wire: the client's end.
        session: the server's end.
        after_each: called when a message was acted on.
    """

    def heard(item: bytes | FrameError) -> None:
        if session.finished.done():
            return  # what comes after `exit` is for nobody
        if isinstance(item, FrameError):
            session.protocol.refuse_frame(str(item))
        else:
            session.protocol.receive(item)
        if after_each is not None:
            after_each()

    session.connect(wire)
    wire.listen(heard, session.client_left)
    try:
        return await session.finished
    finally:
        await wire.close()
        session.close()
