"""Messages over a connection of asyncio's, whatever is said before the first one."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from midword.lsp.frames import FrameError, Frames, framed
from midword.lsp.wire import FAREWELL, MOST_UNSENT, Heard, UnreadError

_TURN = 0.0003  # seconds of messages after which others have their turn


class Stream(asyncio.Protocol):
    """A wire. Who inherits from it takes bytes in `data_received`, and feeds it the messages'."""

    _transport: asyncio.Transport

    def __init__(self) -> None:
        self._frames = Frames()
        self._waiting: deque[bytes | FrameError] = deque()
        self._is_pumping = False
        self._heard: Heard | None = None
        self._left: Callable[[], None] = lambda: None
        self._lost = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See `asyncio.BaseProtocol`."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """Say that nothing more comes."""
        self._lost.set()
        self._left()

    def feed(self, data: bytes) -> None:
        """Take bytes of messages, which wait until somebody listens."""
        self._waiting.extend(self._frames.feed(data))
        if self._heard is not None and not self._is_pumping:
            self._pump()

    def _pump(self) -> None:
        """Hand messages in for a while; a flood of them leaves the others their turns."""
        assert self._heard is not None
        loop = asyncio.get_running_loop()
        end = loop.time() + _TURN
        while self._waiting and loop.time() < end:
            self._heard(self._waiting.popleft())
        goes_on = bool(self._waiting)
        if goes_on != self._is_pumping and not self._transport.is_closing():
            if goes_on:
                self._transport.pause_reading()
            else:
                self._transport.resume_reading()
        self._is_pumping = goes_on
        if goes_on:
            loop.call_soon(self._pump)

    # What a wire does.

    def write(self, body: bytes) -> None:
        """Send one body."""
        if self._transport.is_closing():
            raise BrokenPipeError
        if self._transport.get_write_buffer_size() > MOST_UNSENT:
            self._transport.abort()
            raise UnreadError
        self._transport.write(framed(body))

    def listen(self, heard: Heard, left: Callable[[], None]) -> None:
        """Hand in what has come and what comes."""
        self._heard, self._left = heard, left
        self.feed(b"")
        if self._lost.is_set():
            left()

    async def close(self) -> None:
        """End the connection once the client has read the last messages, or will not."""
        self._transport.close()
        try:
            await asyncio.wait_for(self._lost.wait(), FAREWELL)
        except TimeoutError:
            self._transport.abort()
