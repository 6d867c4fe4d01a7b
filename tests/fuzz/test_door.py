"""Any bytes at the door of a real server: nobody gets in without the token, and it serves on."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from transport import streams

from midword.lsp.frames import framed

INITIALIZE = framed(
    b'{"jsonrpc":"2.0","id":1,"method":"initialize",'
    b'"params":{"processId":null,"rootUri":null,"capabilities":{}}}'
)
QUICK = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture]


class Door:
    """A server that listens, and its token."""

    def __init__(self, model: Path) -> None:
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "midword",
                "serve",
                "--tcp",
                "127.0.0.1:0",
                "--model",
                str(model),
                "--log-level",
                "error",
            ],
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stderr is not None
        found = re.search(r":(\d+), token in (.+)\n", self.process.stderr.readline())
        assert found
        self.port, self.token = int(found[1]), Path(found[2]).read_bytes().strip()

    def say(self, data: bytes) -> bytes:
        """What the server answers until it closes the connection."""
        heard = b""
        address = ("127.0.0.1", self.port)
        with socket.create_connection(address, 20) as connection, suppress(ConnectionError):
            connection.sendall(data)
            with suppress(OSError):  # closed already
                connection.shutdown(socket.SHUT_WR)
            while part := connection.recv(2**16):
                heard += part
        return heard


@pytest.fixture(scope="module")
def door(tiny_model: Path) -> Iterator[Door]:
    door = Door(tiny_model)
    yield door
    door.process.kill()
    door.process.communicate()


@settings(max_examples=300, deadline=None, suppress_health_check=QUICK)
@given(
    stream=streams(),
    lie=st.one_of(
        st.binary(max_size=60),
        st.sampled_from([b"", b"\r\n", b"Authorization: Bearer x\r\n", b"POST / HTTP/1.1\r\n"]),
    ),
)
def test_nobody_gets_in_without_the_token(door: Door, stream: list[bytes], lie: bytes) -> None:
    assert door.say(lie + b"".join(stream)) == b""
    assert door.process.poll() is None


@settings(max_examples=8, deadline=None, suppress_health_check=QUICK)
@given(stream=streams())
def test_any_bytes_with_the_token(tiny_model: Path, stream: list[bytes]) -> None:
    """The server ends with its client, with a code of its own."""
    door = Door(tiny_model)
    try:
        shown = b"Authorization: Bearer %b\r\n" % door.token
        heard = door.say(shown + INITIALIZE + b"".join(stream))
        assert b'"serverInfo"' in heard
        assert door.process.wait(30) in (0, 1)
        assert door.process.stderr is not None
        assert door.process.stderr.read() == ""
    finally:
        door.process.kill()
        door.process.communicate()
