"""stdin and stdout led to the daemon, and to the next one if that dies.

What passes is read on the way: a journal of what the client said is told to a new daemon, what
waited for an answer is answered, and what the client knows already is not said to it twice. It sees
one late list.

One thread and one loop: whichever end is ready to take or give is served, and neither is waited
for. An end that doesn't read stops the other from being read.
"""

from __future__ import annotations

import os
import select
import socket
import sys
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from midword import system
from midword.daemon import ends, launch
from midword.daemon.dealings import Dealings
from midword.daemon.hello import GOODBYE
from midword.daemon.journal import PRIVATE, Journal, Message, body_of
from midword.lsp import deep_json
from midword.lsp.frames import FrameError

assert sys.platform != "win32"  # see `midword.daemon`

_PERIOD = 2.0  # seconds between two looks at the client's process
_FAREWELL = 5.0  # seconds that the daemon has to say goodbye after the client's end
_MOST_DEATHS, _WITHIN = 3, 60.0  # daemons lost in so many seconds: something here kills them
_GONE = select.POLLHUP | select.POLLERR  # nobody is at the other end

_PARSE_ERROR = -32700  # JSON-RPC 2.0

Connect = Callable[[], socket.socket]


class Shim:
    """One client's way to the daemon."""

    def __init__(self, connect: Connect, connection: socket.socket, parent: int) -> None:
        """Begin with the daemon that was reached.

        Args:
            connect: reaches another one; raises `launch.NoDaemonError`.
            connection: to this one, which has answered the hello.
            parent: the process that started this one.
        """
        self._connect = connect
        self._parent = parent if parent > 1 else 0  # see `lsp.leaving`
        self._daemon = ends.DaemonEnd(connection)
        self._client = ends.ClientEnd()
        self._journal = Journal()
        self._dealings = Dealings()
        self._process: int | None = None  # the client's, as it says
        self._is_shut_down = False
        self._code: int | None = None  # once it is over
        self._deaths: deque[float] = deque(maxlen=_MOST_DEATHS)
        self._until = 0.0  # when we leave without a goodbye; 0: the client stays

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
                self._leave_by_ourselves()
            self._look_around()
        self._client.flush()
        return self._code

    def _wait(self) -> None:
        """Wait until an end is ready, or it is time to look at the client's process."""
        poll = select.poll()
        if not self._client.has_left and not self._daemon.is_full:
            poll.register(0, select.POLLIN)
        poll.register(1, select.POLLOUT if self._client.waits else 0)
        wanted = select.POLLOUT if self._daemon.waits else 0
        wanted |= 0 if self._client.is_full else select.POLLIN
        if wanted:  # else a daemon that hung up would be told again and again
            poll.register(self._daemon.socket, wanted)
        ready = dict(poll.poll(_PERIOD * 1000))
        self._client.is_readable = bool(ready.get(0, 0))
        self._client.is_gone = bool(ready.get(1, 0) & (_GONE | select.POLLNVAL))
        heard = ready.get(self._daemon.socket.fileno(), 0)
        self._daemon.is_readable = bool(heard & (select.POLLIN | _GONE))

    def _look_around(self) -> None:
        """Leave with the client's process, and when the daemon says no goodbye."""
        if self._client.is_gone or (self._until and time.monotonic() > self._until):
            self._leave_by_ourselves()
        elif self._parent and os.getppid() != self._parent:
            process, parent = self._process, self._parent
            self._parent = 0
            # It may have been a wrapper; then the daemon watches the process that the client named.
            if process is None or process == parent or not system.watch(process)():
                self._leave_by_ourselves()

    def _leave_by_ourselves(self) -> None:
        if self._code is None:
            self._code = 0 if self._is_shut_down else 1

    # From the client.

    def _hear_client(self) -> None:
        data = self._client.receive()
        if not data:
            self._client.has_left = True
            self._until = time.monotonic() + _FAREWELL
            self._daemon.finish()
            return
        for body in self._client.frames.feed(data):
            if isinstance(body, FrameError):
                error = {"code": _PARSE_ERROR, "message": str(body)}
                self._client.queue(body_of({"jsonrpc": "2.0", "id": None, "error": error}))
                continue
            if (message := _read(body)) is not None:
                self._note(message)
                self._dealings.asked(message, body)
                self._journal.heard(body, message)
            self._daemon.queue(body)
        for request in self._journal.snapshots_wanted():
            self._daemon.queue(request)

    def _note(self, message: Message) -> None:
        """Note what says when, and with which code, the client means to leave."""
        method, params = message.get("method"), message.get("params")
        if method == "initialize" and isinstance(params, dict):
            process = params.get("processId")
            self._process = process if isinstance(process, int) else None
        elif method == "shutdown" and self._journal.has_begun:
            self._is_shut_down = True
        elif method == "exit":
            self._until = time.monotonic() + _FAREWELL

    # From the daemon.

    def _hear_daemon(self) -> None:
        daemon = self._daemon
        data = daemon.receive()
        if data == b"":
            self._lose_daemon()
        for body in daemon.frames.feed(data or b""):
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
        if method == GOODBYE:
            self._take_leave(message["params"])
            return False
        if method is not None:
            is_news = self._dealings.is_news(message)
            if not is_news and number is not None:
                self._daemon.queue(body_of({"jsonrpc": "2.0", "id": number, "result": None}))
            return is_news
        if isinstance(number, str) and number.startswith(PRIVATE):
            self._journal.snapshot_came(message)
            return False
        self._dealings.answered(message)
        self._journal.answered(message)
        return True

    # From one daemon to the next.

    def _take_leave(self, goodbye: Any) -> None:
        """The daemon ends this conversation."""
        if goodbye["reason"] == "restart" and not self._until:
            self._reconnect()
        else:
            self._code = goodbye["code"]

    def _lose_daemon(self) -> None:
        """The daemon is gone without a goodbye."""
        now = time.monotonic()
        self._deaths.append(now)
        if self._until:  # so is the client
            self._leave_by_ourselves()
        elif len(self._deaths) == _MOST_DEATHS and now - self._deaths[0] < _WITHIN:
            print("midword: the daemon dies again and again", file=sys.stderr)
            self._leave_by_ourselves()
        else:
            self._reconnect()

    def _reconnect(self) -> None:
        """Go on with another daemon, as if nothing had been."""
        self._daemon.socket.close()
        for body in self._dealings.settle():
            self._client.queue(body)
        self._client.flush()
        try:
            self._daemon = ends.DaemonEnd(self._connect())
        except launch.NoDaemonError as error:
            print(f"midword: no daemon: {error}", file=sys.stderr)
            self._leave_by_ourselves()
            return
        for body in self._journal.replay(self._dealings.initialize):
            self._daemon.queue(body)
        for body in self._dealings.ask_again():
            self._daemon.queue(body)
        if self._is_shut_down:
            self._daemon.queue(self._journal.request("shutdown"))


def _read(body: bytes) -> Message | None:
    """A message; None if it is none, which the daemon will say."""
    try:
        message = deep_json.loads(body)
    except ValueError:
        return None
    return message if isinstance(message, dict) else None
