"""Servers without a client of ours: on a socket, or with bare pipes; and what is said to them."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from client import TIMEOUT, Client

from conftest import environment

INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"processId": None, "rootUri": None, "capabilities": {}},
}
SHUTDOWN = {"jsonrpc": "2.0", "id": 2, "method": "shutdown"}
EXIT = {"jsonrpc": "2.0", "method": "exit"}


class Listening:
    """A server process, its address, and what it says on stderr."""

    def __init__(self, process: subprocess.Popen[str], way: str) -> None:
        self.process = process
        self.lines: list[str] = []
        assert process.stderr is not None
        announced = process.stderr.readline()
        found = re.fullmatch(
            rf"midword: listening on {way}://127.0.0.1:(\d+), token in (.+)\n", announced
        )
        assert found, announced
        self.port = int(found[1])
        self.token_file = Path(found[2])
        self.token = self.token_file.read_text().strip()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        self.lines += self.process.stderr

    def until_said(self, part: str) -> None:
        """Wait until a line with these words was written to stderr."""
        Client.until(lambda: any(part in line for line in self.lines))

    def wait(self) -> int:
        code = self.process.wait(TIMEOUT)
        self._reader.join(TIMEOUT)
        return code

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), TIMEOUT)

    @contextmanager
    def client(self) -> Iterator[socket.socket]:
        """A client that has initialized."""
        with self.connect() as connection:
            connection.sendall(with_token(self.token, INITIALIZE))
            assert read(connection)["result"]["serverInfo"]["name"] == "midword"
            yield connection

    def still_serves(self) -> None:
        """A client gets in, and the server ends as it says."""
        with self.client() as connection:
            connection.sendall(framed(SHUTDOWN))
            assert read(connection) == {"jsonrpc": "2.0", "id": 2, "result": None}
            connection.sendall(framed(EXIT))
        assert self.wait() == 0


@contextmanager
def serving(
    way: str, home: Path, *arguments: str, prepare: Callable[[], None] | None = None
) -> Iterator[Listening]:
    """A server on a free port."""
    process = subprocess.Popen(
        [sys.executable, "-m", "midword", "serve", f"--{way}", "127.0.0.1:0", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment(home)},
        preexec_fn=prepare,
    )
    try:
        yield Listening(process, way)
    finally:
        process.kill()
        process.wait()
        for stream in (process.stdout, process.stderr):
            assert stream is not None
            stream.close()


@contextmanager
def piped(
    *arguments: str, stderr: int = subprocess.PIPE, prepare: Callable[[], None] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A server whose pipes nobody reads by himself."""
    process = subprocess.Popen(
        [sys.executable, "-m", "midword", "serve", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=stderr,
        preexec_fn=prepare,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                with suppress(BrokenPipeError):
                    stream.close()


def say(server: subprocess.Popen[bytes], *messages: dict[str, Any]) -> None:
    assert server.stdin is not None
    server.stdin.write(b"".join(map(framed, messages)))
    server.stdin.flush()


def heard(server: subprocess.Popen[bytes]) -> dict[str, Any]:
    """The next message of a server with bare pipes."""
    assert server.stdout is not None
    length = int(server.stdout.readline().split(b":")[1])
    server.stdout.readline()
    message: dict[str, Any] = json.loads(server.stdout.read(length))
    return message


def framed(message: dict[str, Any]) -> bytes:
    body = json.dumps(message).encode()
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


def with_token(token: str, message: dict[str, Any]) -> bytes:
    return b"Authorization: Bearer %b\r\n%b" % (token.encode(), framed(message))


def read(connection: socket.socket) -> dict[str, Any]:
    with connection.makefile("rb") as stream:
        length = int(stream.readline().split(b":")[1])
        assert stream.readline() == b"\r\n"
        answer: dict[str, Any] = json.loads(stream.read(length))
        return answer


def is_closed(connection: socket.socket) -> bool:
    """Whether the server closes the connection without a word."""
    try:
        return connection.recv(1) == b""
    except ConnectionError:
        return True  # bytes of ours lay unread
