"""A shim's two ends: what waits to be written to each, and the frames that come from it."""

from __future__ import annotations

import os
import select
import socket
import sys
import time
from collections import deque

from midword.lsp.frames import Frames, framed

assert sys.platform != "win32"  # see `midword.daemon`

CHUNK = 2**18  # bytes read at once
MOST_WAITING = 2**20  # bytes for one end; then the other is not read
_FLUSHING = 2.0  # seconds for the client to read what was said last


class End:
    """One end's queue of bytes, and the frames that come from it."""

    def __init__(self) -> None:
        self.frames = Frames()
        self.is_readable = False
        self._queue: deque[memoryview] = deque()
        self._waiting = 0  # bytes in it

    @property
    def waits(self) -> bool:
        """Whether something is still to be written."""
        return bool(self._queue)

    @property
    def is_full(self) -> bool:
        """Whether so much is that no more should come."""
        return self._waiting > MOST_WAITING

    def queue(self, body: bytes) -> None:
        """Have one message written."""
        data = memoryview(framed(body))
        self._queue.append(data)
        self._waiting += len(data)

    def _advance(self, written: int) -> None:
        self._waiting -= written
        first = self._queue[0][written:]
        if first:
            self._queue[0] = first
        else:
            self._queue.popleft()


class DaemonEnd(End):
    """The socket."""

    def __init__(self, connection: socket.socket) -> None:
        super().__init__()
        connection.setblocking(False)
        self.socket = connection
        self._finishing = False

    def receive(self) -> bytes | None:
        """What the socket has; nothing at its end, None if there is nothing yet."""
        try:
            return self.socket.recv(CHUNK)
        except BlockingIOError:
            return None
        except OSError:
            return b""

    def send(self) -> None:
        """Send what the socket takes now.

        A daemon that takes nothing any more may still have said goodbye, which is to be read first.
        """
        try:
            while self._queue:
                self._advance(self.socket.send(self._queue[0]))
            if self._finishing:
                self._finishing = False
                self.socket.shutdown(socket.SHUT_WR)
        except BlockingIOError:
            return
        except OSError:
            self._queue.clear()
            self._waiting = 0

    def finish(self) -> None:
        """Nothing comes after what is queued."""
        self._finishing = True


class ClientEnd(End):
    """stdin and stdout. Neither is made non-blocking, for others may have them open too."""

    def __init__(self) -> None:
        super().__init__()
        self.is_gone = False  # nobody reads stdout
        self.has_left = False  # stdin ended
        self._ready = select.poll()
        self._ready.register(1, select.POLLOUT)

    def receive(self) -> bytes:
        """What stdin has; nothing at its end."""
        try:
            return os.read(0, CHUNK)
        except OSError:
            return b""

    def send(self, patience: float = 0.0) -> bool:
        """Write what stdout takes now; whether anybody is there to read it."""
        while self._queue:
            ready = self._ready.poll(patience * 1000)
            if not ready:
                return True
            try:
                # A pipe that is ready takes PIPE_BUF bytes (pipe(7)).
                self._advance(os.write(1, self._queue[0][: select.PIPE_BUF]))
            except OSError:
                return False
        return True

    def flush(self) -> None:
        """Write what waits, as far as it is read soon."""
        deadline = time.monotonic() + _FLUSHING
        while self.waits and time.monotonic() < deadline and self.send(patience=0.1):
            pass
