"""Messages over stdin and stdout, as editors start a server.

Both are read and written so that the event loop never waits: what is there is read, and what the
pipe takes at once is written, by the loop itself; a thread writes the rest.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
import sys
import threading
from collections import deque
from collections.abc import Callable
from typing import Any

from midword.lsp.frames import FrameError, Frames, framed
from midword.lsp.wire import FAREWELL, MOST_UNSENT, Heard, UnreadError

_CHUNK = 2**16  # bytes read at once


class Stdio:
    """The process's stdin and stdout, kept for messages alone.

    Whatever else writes to stdout from now on, a library's C code included, goes to stderr, and
    whatever reads stdin finds it empty.
    """

    def __init__(self, most_unsent: int = MOST_UNSENT) -> None:
        sys.stdout.flush()
        self._in = os.dup(0)
        self._out = _Outlet(os.dup(1), most_unsent)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        os.dup2(2, 1)
        sys.stdout = sys.stderr

    def write(self, body: bytes) -> None:
        """Send one body."""
        self._out.write(framed(body))

    def listen(self, heard: Heard, left: Callable[[], None]) -> None:
        """Read messages until the stream ends.

        The event loop reads pipes and sockets itself, for a thread's turns would cost every list
        some time; a thread reads what it can't watch.
        """
        loop = asyncio.get_running_loop()
        self._out.on_broken = lambda: _deliver(loop, left)
        frames = Frames()

        def read() -> None:
            data = self._read()
            for item in frames.feed(data):
                heard(item)
            if not data:
                loop.remove_reader(self._in)
                left()

        try:
            loop.add_reader(self._in, read)
        except (NotImplementedError, OSError):  # Windows; a file, or another system's terminal
            self._listen_in_thread(loop, heard, left)

    def _listen_in_thread(
        self, loop: asyncio.AbstractEventLoop, heard: Heard, left: Callable[[], None]
    ) -> None:
        """Read in a thread that is not waited for: the client may keep its end open."""
        # Read on only when the loop took what came before: a flood stays in the pipe.
        turn = threading.Lock()

        def take(items: list[bytes | FrameError]) -> None:
            turn.release()
            for item in items:
                heard(item)

        def read() -> None:
            frames = Frames()
            while data := self._read():
                if items := list(frames.feed(data)):
                    turn.acquire()
                    _deliver(loop, take, items)
            _deliver(loop, left)

        threading.Thread(target=read, name="midword-stdin", daemon=True).start()

    async def close(self) -> None:
        """Wait a little until the client has read what was said last."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(None, self._out.flush, FAREWELL)

    def _read(self) -> bytes:
        try:
            return os.read(self._in, _CHUNK)
        except OSError:
            return b""


def _deliver(loop: asyncio.AbstractEventLoop, call: Callable[..., None], *args: Any) -> None:
    """Let the event loop call something, from a thread."""
    with contextlib.suppress(RuntimeError):  # the loop closed: the session is over
        loop.call_soon_threadsafe(call, *args)


class _Outlet:
    """Bytes into a descriptor, in order, from one thread; never waiting."""

    def __init__(self, descriptor: int, most_unsent: int) -> None:
        self.on_broken: Callable[[], None] = lambda: None  # called from a thread
        self._descriptor = descriptor
        self._most_unsent = most_unsent
        self._waiting: deque[memoryview] = deque()
        self._unsent = 0  # bytes in `_waiting`
        self._changed = threading.Condition()
        self._broken = False
        self._thread: threading.Thread | None = None
        # Not on Windows, whose `select` knows sockets only. There the thread writes everything.
        if sys.platform != "win32":
            self._poll = select.poll()
            self._poll.register(descriptor, select.POLLOUT)

    def write(self, data: bytes) -> None:
        rest = memoryview(data)
        with self._changed:
            if self._broken:
                raise BrokenPipeError
            if not self._unsent:
                rest = self._write_at_once(rest)
                if not rest:
                    return
            elif self._unsent > self._most_unsent:
                raise UnreadError
            self._waiting.append(rest)
            self._unsent += len(rest)
            self._changed.notify_all()
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="midword-stdout", daemon=True)
            self._thread.start()

    def flush(self, seconds: float) -> None:
        """Wait until all is written, or the time is up."""
        with self._changed:
            self._changed.wait_for(lambda: not self._unsent or self._broken, seconds)

    def _write_at_once(self, data: memoryview) -> memoryview:
        """Write what can be written without waiting; what is left.

        A pipe that is ready takes `PIPE_BUF` bytes. It is not made non-blocking instead, for that
        would hold for every process that has it open, such as the shell behind a terminal.
        """
        if sys.platform != "win32":
            while data and self._poll.poll(0):
                data = data[os.write(self._descriptor, data[: select.PIPE_BUF]) :]
        return data

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting)
                data = self._waiting.popleft()
            try:
                while data:
                    written = os.write(self._descriptor, data)
                    data = data[written:]
                    with self._changed:
                        self._unsent -= written
                        self._changed.notify_all()
            except OSError:
                with self._changed:
                    self._broken = True
                    self._waiting.clear()
                    self._changed.notify_all()
                self.on_broken()
                return
