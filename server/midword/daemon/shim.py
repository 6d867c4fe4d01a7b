"""stdin and stdout led to the daemon, and to the next one if that dies.

What passes is read on the way: a journal of what the client said is told to a new daemon, what
waited for an answer is answered with ContentModified, and what the client knows already is not
said to it twice. The client sees one late list.

One thread and one loop: whichever end is ready to take or give is served, and neither is waited
for. An end that doesn't read stops the other from being read.
"""

from __future__ import annotations

import json
import os
import select
import socket
import sys
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from midword.daemon.hello import GOODBYE
from midword.daemon.journal import PRIVATE, Journal, Message
from midword.daemon.launch import NoDaemonError
from midword.lsp import deep_json
from midword.lsp.frames import FrameError, Frames, framed
from midword.processes import lives

_CHUNK = 2**18  # bytes read at once
_MOST_WAITING = 2**20  # bytes for one end; then the other is not read
_PERIOD = 2.0  # seconds between two looks at the client's process
_FAREWELL = 5.0  # seconds that the daemon has to say goodbye after the client's end
_MOST_DEATHS, _WITHIN = 3, 60.0  # daemons lost in so many seconds: something here kills them

_GONE = select.POLLHUP | select.POLLERR  # nobody is at the other end

_CONTENT_MODIFIED = -32801  # LSP 3.17, "ErrorCodes"
_PARSE_ERROR = -32700  # JSON-RPC 2.0

Connect = Callable[[], socket.socket]


class Shim:
    """One client's way to the daemon."""

    def __init__(self, connect: Connect, connection: socket.socket, parent: int) -> None:
        """Begin with the daemon that was reached.

        Args:
            connect: reaches another one; raises NoDaemonError.
            connection: to this one, which has answered the hello.
            parent: the process that started this one.
        """
        self._connect = connect
        self._parent = parent if parent > 1 else 0  # see `lsp.leaving`
        self._daemon = _Daemon(connection)
        self._client = _Client()
        self._journal = Journal()
        self._pending: dict[object, str] = {}  # the client's requests: id -> method
        self._known: set[str] = set()  # what the client need not hear twice, from a new daemon
        self._progress: set[object] = set()  # the tokens of what the client shows as under way
        self._process: int | None = None  # the client's, as it says
        self._is_shut_down = False
        self._code: int | None = None  # once it is over
        self._deaths: deque[float] = deque(maxlen=_MOST_DEATHS)
        self._again = False  # whether this is not the client's first daemon
        self._until = 0.0  # when we leave without a goodbye; 0: not yet

    def run(self) -> int:
        """Copy until either end leaves; the exit code that a server of its own would have had."""
        while self._code is None:
            self._wait()
            if self._client.is_readable and not self._daemon.is_full:
                self._hear_client()
            if self._daemon.is_readable and not self._client.is_full:
                self._hear_daemon()
            self._daemon.send()
            if not self._client.send():
                break  # it doesn't read any more, so it is gone
            self._look_around()
        if self._code is None:
            self._code = self._code_by_itself
        self._client.flush()
        return self._code

    @property
    def _code_by_itself(self) -> int:
        return 0 if self._is_shut_down else 1

    def _wait(self) -> None:
        """Wait until an end is ready, or it is time to look at the client's process."""
        poll = select.poll()
        client_in = select.POLLIN if not (self._client.has_left or self._daemon.is_full) else 0
        if client_in:
            poll.register(0, client_in)
        poll.register(1, select.POLLOUT if self._client.waits else 0)
        daemon = select.POLLOUT if self._daemon.waits else 0
        daemon |= 0 if self._client.is_full else select.POLLIN
        if daemon:  # else a daemon that hung up would be told again and again
            poll.register(self._daemon.socket, daemon)
        ready = dict(poll.poll(_PERIOD * 1000))
        self._client.is_readable = bool(ready.get(0, 0))
        self._client.is_gone = bool(ready.get(1, 0) & (_GONE | select.POLLNVAL))
        heard = ready.get(self._daemon.socket.fileno(), 0)
        self._daemon.is_readable = bool(heard & (select.POLLIN | _GONE))

    def _look_around(self) -> None:
        """Leave with the client's process, and when the daemon says no goodbye."""
        if self._client.is_gone or (self._until and time.monotonic() > self._until):
            self._code = self._code_by_itself
        elif self._parent and os.getppid() != self._parent:
            process, parent = self._process, self._parent
            self._parent = 0
            # It may have been a wrapper; then the daemon watches the process that the client named.
            if process is None or process == parent or not lives(process):
                self._code = self._code_by_itself

    # From the client.

    def _hear_client(self) -> None:
        data = self._client.receive()
        if not data:
            self._leave()
            return
        for body in self._client.frames.feed(data):
            if isinstance(body, FrameError):
                error = {"code": _PARSE_ERROR, "message": str(body)}
                self._answer_client(None, error=error)
                continue
            message = _read(body)
            if message is not None:
                self._note_request(message)
                self._journal.heard(body, message)
            self._daemon.queue(body)
        for request in self._journal.snapshots_wanted():
            self._daemon.queue(request)

    def _note_request(self, message: Message) -> None:
        method, number = message.get("method"), message.get("id")
        if not isinstance(method, str):
            return
        if isinstance(number, str | int):
            self._pending[number] = method
        if method == "initialize":
            params = message.get("params")
            process = params.get("processId") if isinstance(params, dict) else None
            self._process = process if isinstance(process, int) else None
        elif method == "shutdown" and self._journal.has_begun:
            self._is_shut_down = True
        elif method == "exit":
            self._until = time.monotonic() + _FAREWELL

    def _leave(self) -> None:
        """The client closed its end."""
        self._client.has_left = True
        self._until = time.monotonic() + _FAREWELL
        self._daemon.finish()

    # From the daemon.

    def _hear_daemon(self) -> None:
        try:
            data = self._daemon.socket.recv(_CHUNK)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._lose_daemon()
            return
        daemon = self._daemon
        for body in daemon.frames.feed(data):
            if isinstance(body, FrameError):
                continue
            message = _read(body)
            if message is None or self._is_for_client(message):
                self._client.queue(body)
            if self._code is not None or self._daemon is not daemon:
                return  # it said goodbye

    def _is_for_client(self, message: Message) -> bool:
        """Act on a message of the daemon's; whether the client should get it."""
        method, number = message.get("method"), message.get("id")
        if method is None:
            if isinstance(number, str) and number.startswith(PRIVATE):
                self._journal.snapshot_came(message)
                return False
            self._pending.pop(number, None)
            self._journal.answered(message)
            return True
        params = message.get("params")
        if method == GOODBYE:
            self._take_leave(params)
            return False
        if method == "$/progress" and isinstance(params, dict):
            self._note_progress(params)
        elif method in ("client/registerCapability", "window/showMessage"):
            said = json.dumps(params, sort_keys=True)
            if self._again and said in self._known:
                if number is not None:
                    self._daemon.queue(_body({"jsonrpc": "2.0", "id": number, "result": None}))
                return False
            self._known.add(said)
        return True

    def _take_leave(self, goodbye: Any) -> None:
        if goodbye.get("reason") == "restart":
            self._reconnect()
        else:
            self._code = int(goodbye["code"])

    def _note_progress(self, params: Message) -> None:
        kind = (params.get("value") or {}).get("kind")
        if kind == "begin":
            self._progress.add(params.get("token"))
        elif kind == "end":
            self._progress.discard(params.get("token"))

    def _answer_client(self, number: object, **said: object) -> None:
        self._client.queue(_body({"jsonrpc": "2.0", "id": number, **said}))

    # From one daemon to the next.

    def _lose_daemon(self) -> None:
        """The daemon is gone without a goodbye."""
        if self._until:  # so is the client
            self._code = self._code_by_itself
            return
        now = time.monotonic()
        self._deaths.append(now)
        if len(self._deaths) == _MOST_DEATHS and now - self._deaths[0] < _WITHIN:
            print("midword: the daemon dies again and again", file=sys.stderr)
            self._code = self._code_by_itself
            return
        self._reconnect()

    def _reconnect(self) -> None:
        """Go on with another daemon, as if nothing had been."""
        self._daemon.socket.close()
        unanswered = None
        for number, method in list(self._pending.items()):
            if method == "initialize":
                unanswered = number
                continue
            del self._pending[number]
            if method == "shutdown":
                self._answer_client(number, result=None)
            else:
                error = {"code": _CONTENT_MODIFIED, "message": "the server started anew"}
                self._answer_client(number, error=error)
        for token in self._progress:
            ended = {"token": token, "value": {"kind": "end"}}
            self._client.queue(_body({"jsonrpc": "2.0", "method": "$/progress", "params": ended}))
        self._progress.clear()
        self._client.flush()
        try:
            self._daemon = _Daemon(self._connect())
        except NoDaemonError as error:
            print(f"midword: no daemon: {error}", file=sys.stderr)
            self._code = self._code_by_itself
            return
        self._again = True
        for body in self._journal.replay(unanswered):
            self._daemon.queue(body)
        if self._is_shut_down:
            self._daemon.queue(self._journal.request("shutdown"))


class _End:
    """One end's queue of bytes, and the frames that come from it."""

    def __init__(self) -> None:
        self.frames = Frames()
        self.is_readable = False
        self._queue: deque[memoryview] = deque()
        self._waiting = 0  # bytes in it

    @property
    def waits(self) -> bool:
        return bool(self._queue)

    @property
    def is_full(self) -> bool:
        return self._waiting > _MOST_WAITING

    def queue(self, body: bytes) -> None:
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


class _Daemon(_End):
    """The socket."""

    def __init__(self, connection: socket.socket) -> None:
        super().__init__()
        connection.setblocking(False)
        self.socket = connection
        self._finishing = False

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


class _Client(_End):
    """stdin and stdout. Neither is made non-blocking, for others may have them open too."""

    def __init__(self) -> None:
        super().__init__()
        self.has_left = False  # stdin ended
        self.is_gone = False  # nobody reads stdout
        self._ready = select.poll()
        self._ready.register(1, select.POLLOUT)

    def receive(self) -> bytes:
        """What stdin has; nothing at its end."""
        try:
            return os.read(0, _CHUNK)
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
        deadline = time.monotonic() + _PERIOD
        while self.waits and time.monotonic() < deadline and self.send(patience=0.1):
            pass


def _read(body: bytes) -> Message | None:
    """A message; None if it is none, which the daemon will say."""
    try:
        message = deep_json.loads(body)
    except ValueError:
        return None
    return message if isinstance(message, dict) else None


def _body(message: Message) -> bytes:
    return json.dumps(message, separators=(",", ":")).encode("ascii")
