"""`midword connect`: to a server that listens, or a server of its own."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from client import TIMEOUT, Client
from sockets import Listening, serving

from conftest import Start

TEXT = "we will dis the plan"


def shim_of(start: Start, server: Listening, **options: object) -> Client:
    return start(
        *("--tcp", f"127.0.0.1:{server.port}", "--token-file", str(server.token_file)),
        command="connect",
        **options,
    )


@pytest.fixture
def server(tiny_model: Path, tmp_path: Path) -> object:
    """A server that listens, with the tiny model."""
    with serving("tcp", tmp_path, "--model", str(tiny_model)) as server:
        yield server


def test_a_conversation_through_the_shim(start: Start, server: Listening) -> None:
    client = shim_of(start, server)
    client.initialize()
    client.until_ready()
    uri = client.open(TEXT)
    assert client.words(uri, 0, 11)[0] == "discuss"
    long = client.open("the garden " * 200_000, "file:///long.md")
    client.type(long, 0, 2_200_000, "we will dis")
    assert client.words(long, 0, 2_200_011)[0].startswith("dis")
    assert client.shut_down() == 0
    assert server.wait() == 0
    assert client.stderr == b""


def test_a_server_of_its_own(start: Start, tiny_model: Path) -> None:
    client = start("--model", str(tiny_model), command="connect")
    client.initialize()
    client.until_ready()
    assert client.words(client.open(TEXT), 0, 11)[0] == "discuss"
    assert client.shut_down() == 0


def test_exit_without_shutdown(start: Start, server: Listening) -> None:
    client = shim_of(start, server)
    client.initialize()
    client.notify("exit")
    assert client.wait() == 1
    assert server.wait() == 1


def test_a_text_about_shutdown_is_none(start: Start, server: Listening) -> None:
    client = shim_of(start, server)
    client.initialize()
    client.open('{"method": "shutdown"}')
    client.notify("exit")
    assert client.wait() == 1


def test_the_client_closes_its_end(start: Start, server: Listening) -> None:
    client = shim_of(start, server)
    client.initialize()
    assert client.process.stdin is not None
    client.process.stdin.close()
    assert client.wait() == 1
    assert server.wait() == 1


def test_the_client_closes_its_end_after_shutdown(start: Start, server: Listening) -> None:
    client = shim_of(start, server)
    client.initialize()
    client.request("shutdown")
    assert client.process.stdin is not None
    client.process.stdin.close()
    assert client.wait() == 0
    assert server.wait() == 0


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_the_shim_is_killed(start: Start, server: Listening, number: signal.Signals) -> None:
    client = shim_of(start, server)
    client.initialize()
    client.process.send_signal(number)
    client.wait()
    assert server.wait() == 1


def test_the_server_is_killed(start: Start, server: Listening) -> None:
    client = shim_of(start, server)
    client.initialize()
    server.process.kill()
    assert client.wait() == 1
    assert client.stderr == b""


def test_the_client_may_take_its_time(start: Start, server: Listening) -> None:
    """The token is shown at once, not only with the first message."""
    client = shim_of(start, server)
    time.sleep(11)
    client.initialize()
    assert client.shut_down() == 0


def refusal(arguments: list[str]) -> str:
    result = subprocess.run(
        [sys.executable, "-m", "midword", "connect", *arguments],
        stdin=subprocess.PIPE,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )
    assert result.returncode == 2
    assert result.stdout == ""
    return result.stderr


def token_file(folder: Path) -> str:
    path = folder / "other-token"
    path.touch(0o600)
    path.write_text("another")
    return str(path)


def test_nobody_listens(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    said = refusal(["--tcp", address, "--token-file", token_file(tmp_path)])
    assert said.startswith(f"midword: no server listens on {address} (Connection refused)")
    assert len(said.splitlines()) == 1


def test_a_wrong_token(start: Start, server: Listening, tmp_path: Path) -> None:
    client = start(
        *("--tcp", f"127.0.0.1:{server.port}", "--token-file", token_file(tmp_path)),
        command="connect",
    )
    assert client.wait() == 2
    assert client.stderr.decode().startswith(
        f"midword: the server on 127.0.0.1:{server.port} turned us away: "
    )
    assert len(client.stderr.splitlines()) == 1
    server.until_said("its token is wrong")


def test_the_place_is_taken(start: Start, server: Listening) -> None:
    first = shim_of(start, server)
    first.initialize()
    second = shim_of(start, server)
    assert second.wait() == 2
    assert b"serves another client" in second.stderr
    assert first.shut_down() == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ["--tcp", "127.0.0.1:1"],
        ["--token-file", "x"],
        ["--tcp", "nowhere", "--token-file", "x"],
        ["--tcp", "127.0.0.1:1", "--token-file", "x", "--model", "y"],
    ],
)
def test_options_that_make_no_sense(arguments: list[str]) -> None:
    assert "error:" in refusal(arguments)


def test_the_shim_imports_nothing_large() -> None:
    """It starts with every window."""
    program = (
        "import json, sys; from midword import cli; from midword.commands import connect; "
        "from midword.daemon import shim; from midword import tokens; "
        "print(json.dumps(sorted(sys.modules)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    loaded = set(json.loads(result.stdout))
    assert not loaded & {"pygls", "lsprotocol", "numpy", "onnxruntime", "asyncio", "platformdirs"}
