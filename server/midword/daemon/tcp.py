"""stdin and stdout led to a server that listens on a socket.

For editors that start a program but can't connect anywhere, or can't show a token: the shim says
`Authorization: Bearer TOKEN` ahead of the first message's header, and only copies from there on.
Standard library only, for it starts with every window.
"""

from __future__ import annotations

import os
import socket
import threading

from midword.errors import UserError
from midword.lsp.frames import Frames
from midword.tokens import Token

_CHUNK = 2**16  # bytes read at once
_CONNECTING = 10.0  # seconds
_FAREWELL = 5.0  # seconds that the server has to answer after the client's end


def run(host: str, port: int, token: Token) -> int:
    """Copy until either side ends; the code that `midword serve --stdio` would have ended with.

    Raises:
        UserError: nobody listens there, or the server doesn't let us in.
    """
    try:
        connection = socket.create_connection((host, port), _CONNECTING)
    except OSError as error:
        raise UserError(
            f"no server listens on {host}:{port} ({error.strerror or error}): start one with "
            f"'midword serve --tcp {host}:{port} --token-file {token.path}'"
        ) from error
    connection.settimeout(None)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    shim = _Shim(connection)
    shim.send(b"Authorization: Bearer %b\r\n" % token.value)
    shim.copy()
    if shim.refused:
        raise UserError(
            f"the server on {host}:{port} turned us away: {token.path} is not its token, or it "
            "serves another client"
        )
    return 0 if shim.ending.is_shut_down else 1


class _Shim:
    def __init__(self, connection: socket.socket) -> None:
        self.ending = _Ending()
        self._connection = connection
        self._heard = False  # whether the server ever said anything
        self._client_left = threading.Event()
        self._over = threading.Event()

    @property
    def refused(self) -> bool:
        """Whether the server closed the door before it said a word."""
        return not self._heard and not self._client_left.is_set()

    def send(self, data: bytes) -> bool:
        """Send all of it; whether that worked."""
        try:
            self._connection.sendall(data)
        except OSError:
            return False
        return True

    def copy(self) -> None:
        """Copy both ways until one side ends."""
        # Threads that are not waited for: stdin may stay open without a word.
        for work in (self._to_server, self._to_client):
            threading.Thread(target=work, daemon=True).start()
        self._over.wait()

    def _to_server(self) -> None:
        while data := _read(0):
            self.ending.watch(data)
            if not self.send(data):
                return  # why, the other thread learns
        self._client_left.set()
        try:
            self._connection.shutdown(socket.SHUT_WR)
        except OSError:
            return
        # The other thread copies what the server still has to say, and then it is over.
        self._over.wait(_FAREWELL)
        self._over.set()

    def _to_client(self) -> None:
        try:
            while data := self._connection.recv(_CHUNK):
                self._heard = True
                rest = memoryview(data)
                while rest:
                    rest = rest[os.write(1, rest) :]
        except OSError:
            pass  # either side is gone
        self._over.set()


class _Ending:
    """Whether the client asked to shut down, seen in what it sends."""

    def __init__(self) -> None:
        self.is_shut_down = False
        self._initialized = False
        self._frames = Frames()

    def watch(self, data: bytes) -> None:
        """Look at what passes."""
        for body in self._frames.feed(data):
            if not isinstance(body, bytes):
                continue
            self._initialized = self._initialized or b'"initialize"' in body
            # A long text that speaks of "shutdown" is no reason to read it as JSON.
            if self._initialized and b'"shutdown"' in body and len(body) < _CHUNK:
                self.is_shut_down = self.is_shut_down or _method(body) == "shutdown"


def _method(body: bytes) -> object:
    import json  # once in a conversation

    try:
        message = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return message.get("method") if isinstance(message, dict) else None


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, _CHUNK)
    except OSError:
        return b""
