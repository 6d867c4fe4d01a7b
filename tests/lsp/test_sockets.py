"""`--tcp` and `--ws`: one client, from this machine only."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from client import TIMEOUT
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from conftest import environment

INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"processId": None, "rootUri": None, "capabilities": {}},
}
SHUTDOWN = {"jsonrpc": "2.0", "id": 2, "method": "shutdown"}
EXIT = {"jsonrpc": "2.0", "method": "exit"}


@contextmanager
def serving(way: str, home: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A server on a free port, and the port."""
    process = subprocess.Popen(
        [sys.executable, "-m", "midword", "serve", f"--{way}", "127.0.0.1:0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment(home)},
    )
    try:
        assert process.stderr is not None
        found = re.search(rf"{way}://127.0.0.1:(\d+)", process.stderr.readline())
        assert found
        yield process, int(found[1])
    finally:
        process.kill()
        process.communicate()


def framed(message: dict[str, Any]) -> bytes:
    body = json.dumps(message).encode()
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)


def read(connection: socket.socket) -> dict[str, Any]:
    with connection.makefile("rb") as stream:
        length = int(stream.readline().split(b":")[1])
        assert stream.readline() == b"\r\n"
        answer: dict[str, Any] = json.loads(stream.read(length))
        return answer


def test_a_client_over_tcp(tmp_path: Path) -> None:
    with serving("tcp", tmp_path) as (process, port):
        with socket.create_connection(("127.0.0.1", port), TIMEOUT) as connection:
            connection.sendall(framed(INITIALIZE))
            assert read(connection)["result"]["serverInfo"]["name"] == "midword"
            with socket.create_connection(("127.0.0.1", port), TIMEOUT) as second:
                assert second.recv(1) == b"", "a second client is turned away"
            connection.sendall(framed(SHUTDOWN))
            assert read(connection) == {"jsonrpc": "2.0", "id": 2, "result": None}
            connection.sendall(framed(EXIT))
        assert process.wait(TIMEOUT) == 0


def test_a_client_over_tcp_that_breaks_off(tmp_path: Path) -> None:
    with serving("tcp", tmp_path) as (process, port):
        with socket.create_connection(("127.0.0.1", port), TIMEOUT) as connection:
            connection.sendall(framed(INITIALIZE))
            read(connection)
        assert process.wait(TIMEOUT) == 1


def test_a_client_over_a_websocket(tmp_path: Path) -> None:
    with serving("ws", tmp_path) as (process, port):
        with connect(f"ws://127.0.0.1:{port}") as connection:
            connection.send(json.dumps(INITIALIZE))
            answer = json.loads(connection.recv(TIMEOUT))
            assert answer["result"]["serverInfo"]["name"] == "midword"
            with pytest.raises(InvalidStatus):
                connect(f"ws://127.0.0.1:{port}")
            connection.send(json.dumps(SHUTDOWN))
            assert json.loads(connection.recv(TIMEOUT))["id"] == 2
            connection.send(json.dumps(EXIT))
            with pytest.raises(ConnectionClosed):
                connection.recv(TIMEOUT)
        assert process.wait(TIMEOUT) == 0


@pytest.mark.parametrize(
    ("origin", "host", "welcome"),
    [
        (None, "127.0.0.1", True),
        ("http://localhost:3000", "127.0.0.1", True),
        ("https://127.0.0.1", "localhost:80", True),
        ("http://[::1]:80", "127.0.0.1", True),
        ("https://example.org", "127.0.0.1", False),
        ("http://localhost.example.org", "127.0.0.1", False),
        ("null", "127.0.0.1", False),
        (None, "example.org", False),
    ],
)
def test_only_pages_of_this_machine(
    tmp_path: Path, origin: str | None, host: str, welcome: bool
) -> None:
    lines = [
        "GET / HTTP/1.1",
        f"Host: {host}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        *([f"Origin: {origin}"] if origin is not None else []),
    ]
    with (
        serving("ws", tmp_path) as (_, port),
        socket.create_connection(("127.0.0.1", port), TIMEOUT) as connection,
    ):
        connection.sendall("\r\n".join([*lines, "", ""]).encode())
        status = connection.makefile("rb").readline().split()[1]
    assert status == (b"101" if welcome else b"403")


@pytest.mark.parametrize("way", ["tcp", "ws"])
@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.7", "example.org", "[::]"])
def test_other_machines_are_kept_out(way: str, host: str) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "midword", "serve", f"--{way}", f"{host}:0"],
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )
    assert result.returncode == 2
    assert "use 127.0.0.1" in result.stderr


def test_a_port_in_use() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = subprocess.run(
            [sys.executable, "-m", "midword", "serve", "--tcp", f"127.0.0.1:{port}"],
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
            check=False,
        )
    assert result.returncode == 2
    assert f"can't listen on 127.0.0.1:{port}" in result.stderr
