"""`--tcp` and `--ws`: one client, of this user, from this machine only."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
from client import TIMEOUT, Client
from sockets import (
    EXIT,
    INITIALIZE,
    SHUTDOWN,
    Listening,
    framed,
    is_closed,
    read,
    serving,
    with_token,
)
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

BODY = json.dumps(INITIALIZE)
# What a page makes a browser send to a port: fetch(url, {method: "POST", mode: "no-cors", body}).
POST = (
    "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: https://example.org\r\n"
    f"content-length: {len(BODY)}\r\nContent-Type: text/plain\r\n\r\n{BODY}"
)
# Its lines can hold what a frame reader might take for headers.
POST_OF_FRAMES = (
    "POST /?content-length:40 HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 999\r\n\r\n"
    f"Authorization: Bearer x\r\nContent-Length: {len(BODY)}\r\n\r\n{BODY}"
)


def test_a_client_over_tcp(tmp_path: Path) -> None:
    with serving("tcp", tmp_path) as server:
        with server.client() as connection:
            with server.connect() as second:
                assert second.recv(1) == b"", "a second client is turned away"
            connection.sendall(framed(SHUTDOWN))
            assert read(connection) == {"jsonrpc": "2.0", "id": 2, "result": None}
            connection.sendall(framed(EXIT))
        assert server.wait() == 0


def test_a_line_that_takes_long_to_read(tmp_path: Path) -> None:
    """Whoever has no token can't keep the server busy either."""
    with serving("tcp", tmp_path) as server:
        # Each in one piece: what comes in several is cut off at the first.
        line = b"a:x" + b" " * 60_000 + b"x\r\n\r\n"
        for _ in range(8):
            with server.connect() as stranger:
                stranger.sendall(line)
        server.still_serves()


def test_a_client_over_tcp_that_breaks_off(tmp_path: Path) -> None:
    with serving("tcp", tmp_path) as server:
        with server.client():
            pass
        assert server.wait() == 1


def test_the_header_may_come_in_pieces_and_any_order(tmp_path: Path) -> None:
    with serving("tcp", tmp_path) as server, server.connect() as connection:
        header = f"Content-Length: {len(BODY)}\r\nauthorization:bearer  {server.token}\r\n\r\n"
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in (header + BODY).encode():
            connection.sendall(bytes([byte]))
        assert read(connection)["id"] == 1


@pytest.mark.parametrize(
    "said",
    [
        POST,
        POST_OF_FRAMES,
        "GET / HTTP/1.1\r\nAuthorization: Bearer {token}\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\n",
        "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  # TLS says hello
        "SSH-2.0-OpenSSH_9.2\r\n",
        "\x00" * 100,
        "no header, content-length: {length}\r\nAuthorization: Bearer {token}\r\n\r\n{body}",
        "X" * 9000,
        "X: " + "x" * 9000,
        "X: x\r\n" * 2000,
        "\r\nAuthorization: Bearer {token}\r\nContent-Length: {length}\r\n\r\n{body}",
        "Content-Length: {length}\r\n\r\n{body}",
        "Content-Length: {length}\r\nAuthorization: Bearer\r\n\r\n{body}",
        "Authorization: Bearer wrong\r\nContent-Length: {length}\r\n\r\n{body}",
        "Authorization: Bearer {token}x\r\nContent-Length: {length}\r\n\r\n{body}",
        "Authorization: Basic {token}\r\nContent-Length: {length}\r\n\r\n{body}",
        "X-Authorization: Bearer {token}\r\nContent-Length: {length}\r\n\r\n{body}",
        # Too late: the first message has none.
        "Content-Length: 2\r\n\r\n{{}}Authorization: Bearer {token}\r\n"
        "Content-Length: {length}\r\n\r\n{body}",
    ],
)
def test_who_does_not_show_the_token_is_turned_away(door: Listening, said: str) -> None:
    if said not in (POST, POST_OF_FRAMES):
        said = said.format(token=door.token, length=len(BODY), body=BODY)
    with door.connect() as connection:
        connection.sendall(said.encode("latin-1"))
        assert is_closed(connection)
    assert all("WARNING midword: turned away a connection: " in line for line in door.lines)
    assert door.process.poll() is None


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> object:
    """A server that nobody gets into, shared."""
    with serving("tcp", tmp_path_factory.mktemp("home")) as server:
        yield server
        server.still_serves()


def test_each_reason_is_told_once_and_counted(tmp_path: Path) -> None:
    body = framed(INITIALIZE)
    said = {
        "it is no language client's": POST.encode(),
        "its header is too long": b"X: " + b"x" * 9000,
        "it shows no token (see --token-file)": body,
        "its token is wrong": with_token("wrong", INITIALIZE),
    }
    with serving("tcp", tmp_path) as server:
        for data in [*said.values()] * 3:
            with server.connect() as connection:
                connection.sendall(data)
                assert is_closed(connection)
        server.still_serves()
    told = [line.partition("turned away a connection: ")[2].strip() for line in server.lines]
    assert sorted(told) == sorted([*said, *(f"{reason} (repeated 2 times)" for reason in said)])


@pytest.mark.parametrize("way", ["tcp", "ws"])
def test_a_port_scan_and_silence_take_nobodys_place(tmp_path: Path, way: str) -> None:
    with serving(way, tmp_path) as server:
        for _ in range(100):
            server.connect().close()
        silent = [server.connect() for _ in range(40)]
        assert silent[0].recv(1) == b"", "only so many may wait"
        if way == "tcp":
            server.still_serves()
        else:
            with connect(f"ws://127.0.0.1:{server.port}/?token={server.token}") as connection:
                connection.send(BODY)
                assert json.loads(connection.recv(TIMEOUT))["id"] == 1
        for connection in silent:
            connection.close()


def test_silence_ends_after_a_while(tmp_path: Path) -> None:
    with serving("tcp", tmp_path) as server:
        with server.connect() as silent, server.connect() as slow:
            slow.sendall(b"Authorization: Bea")
            assert silent.recv(1) == b""
            assert is_closed(slow)
        server.until_said("it showed no token in 10 s")
        server.still_serves()


def test_the_place_is_taken_at_initialize(tmp_path: Path) -> None:
    with serving("tcp", tmp_path) as server, server.connect() as first:
        # It has the token and asks something, but doesn't begin; then it goes.
        first.sendall(with_token(server.token, {"jsonrpc": "2.0", "id": 9, "method": "shutdown"}))
        assert read(first)["error"]["code"] == -32002
        with server.connect() as gone:
            gone.sendall(with_token(server.token, EXIT))
            assert is_closed(gone)
        with server.client() as second:
            assert first.recv(1) == b"", "who waited is turned away"
            second.sendall(framed(SHUTDOWN))
            read(second)
            second.sendall(framed(EXIT))
        assert server.wait() == 0


def test_a_client_that_does_not_read_is_left(tmp_path: Path) -> None:
    question = framed({"jsonrpc": "2.0", "id": 5, "method": "x" * 90}) * 500
    with serving("tcp", tmp_path) as server, server.client() as connection:
        with pytest.raises(ConnectionError):
            for _ in range(4000):  # the answers come to 300 MB
                connection.sendall(question)
        assert server.wait() == 1
        assert any("doesn't read" in line for line in server.lines)


# The token.


def test_the_token_lies_where_only_its_user_can_read_it(tmp_path: Path) -> None:
    runtime = tmp_path / "run"
    runtime.mkdir(mode=0o700)
    with serving("tcp", tmp_path) as server, serving("tcp", tmp_path) as other:
        assert server.token != other.token
        assert len(server.token) >= 40
        path = server.token_file
        assert path.is_relative_to(runtime)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        server.still_serves()
        assert not path.exists(), "it goes with its server"
        other.process.send_signal(signal.SIGTERM)
        assert other.wait() == 128 + signal.SIGTERM
        assert not other.token_file.exists()


def test_a_runtime_folder_of_others_holds_no_token(tmp_path: Path) -> None:
    """sudo keeps another user's XDG_RUNTIME_DIR, and anybody may have made `midword` in it."""
    folder = tmp_path / "run" / "midword"
    folder.mkdir(parents=True)
    folder.parent.chmod(0o700)
    folder.chmod(0o777)
    with serving("tcp", tmp_path) as server:
        assert not server.token_file.is_relative_to(folder)
        assert stat.S_IMODE(server.token_file.stat().st_mode) == 0o600
        assert stat.S_IMODE(server.token_file.parent.stat().st_mode) & 0o022 == 0
        server.still_serves()
        assert not server.token_file.exists()


def test_a_token_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("my-own-secret\n")
    path.chmod(0o600)
    with serving("tcp", tmp_path, "--token-file", str(path)) as server:
        assert server.token_file == path
        server.still_serves()
    assert path.exists()


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda path: None, "can't read the token file"),
        (lambda path: path.mkdir(mode=0o700), "can't read the token file"),
        (lambda path: os.mkfifo(path, 0o600), "can't read the token file"),
        (lambda path: path.symlink_to("/dev/zero"), "can't read the token file"),
        (lambda path: path.touch(0o600), "holds no token"),
        (lambda path: (path.touch(0o600), path.write_text("two words")), "holds no token"),
        (lambda path: (path.touch(0o600), path.write_text("x" * 5000)), "is too long"),
        (lambda path: (path.write_text("secret"), path.chmod(0o640)), "chmod 600"),
        (lambda path: (path.write_text("secret"), path.chmod(0o602)), "chmod 600"),
        (
            lambda path: (path.write_text("s"), path.chmod(0o600), os.chown(path, 12345, 12345)),
            "belongs to another user",
        ),
    ],
)
@pytest.mark.parametrize("command", [["serve", "--tcp"], ["connect", "--tcp"]], ids=" ".join)
def test_token_files_that_are_refused(
    tmp_path: Path, command: list[str], make: object, problem: str
) -> None:
    if problem == "belongs to another user" and os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    path = tmp_path / "token"
    assert callable(make)
    make(path)
    result = subprocess.run(
        [sys.executable, "-m", "midword", *command, "127.0.0.1:0", "--token-file", str(path)],
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )
    assert result.returncode == 2
    assert problem in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert "secret" not in result.stderr


# WebSockets.


def test_a_client_over_a_websocket(tmp_path: Path) -> None:
    with serving("ws", tmp_path) as server:
        url = f"ws://127.0.0.1:{server.port}"
        header = {"Authorization": f"Bearer {server.token}"}
        with (
            connect(url, additional_headers=header) as idle,
            connect(f"{url}/?token={server.token}") as connection,
        ):
            connection.send(BODY)
            answer = json.loads(connection.recv(TIMEOUT))
            assert answer["result"]["serverInfo"]["name"] == "midword"
            with pytest.raises(ConnectionClosed):
                idle.recv(TIMEOUT)
            with pytest.raises(InvalidStatus) as refused:
                connect(url, additional_headers=header)
            assert refused.value.response.status_code == 503
            connection.send(json.dumps(SHUTDOWN))
            assert json.loads(connection.recv(TIMEOUT))["id"] == 2
            connection.send(json.dumps(EXIT))
            with pytest.raises(ConnectionClosed):
                connection.recv(TIMEOUT)
        assert server.wait() == 0
        assert not server.token_file.exists()


HANDSHAKE = [
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
]


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> object:
    """A server for pages, shared by handshakes: none of them begins."""
    with serving("ws", tmp_path_factory.mktemp("home")) as server:
        yield server


def status_of(web: Listening, path: str, *headers: str) -> int:
    with web.connect() as connection:
        lines = [f"GET {path} HTTP/1.1", *HANDSHAKE, *headers, "", ""]
        connection.sendall("\r\n".join(lines).encode())
        return int(connection.makefile("rb").readline().split()[1])


@pytest.mark.parametrize(
    "line",
    [
        "Host: 127.0.0.1",
        "Origin: http://localhost",
        "Authorization: Bearer {token}",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ],
)
def test_what_comes_once_does_not_come_twice(tmp_path: Path, line: str) -> None:
    with serving("ws", tmp_path) as server:
        line = line.format(token=server.token)
        others = ["Host: 127.0.0.1", f"Authorization: Bearer {server.token}"]
        headers = [*(other for other in others if other != line), line]
        if not line.startswith("Sec-"):
            assert status_of(server, "/", *headers) == 101
        assert status_of(server, "/", *headers, line) == 400
        server.process.terminate()
        server.wait()
        assert server.lines == []


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
    web: Listening, origin: str | None, host: str, welcome: bool
) -> None:
    headers = [f"Host: {host}", *([f"Origin: {origin}"] if origin is not None else [])]
    status = status_of(web, f"/?token={web.token}", *headers)
    assert status == (101 if welcome else 403)


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/", [], 401),
        ("/?token", [], 401),
        ("/?token=", [], 401),
        ("/?tokens={token}", [], 401),
        ("/?token=wrong", [], 403),
        ("/?token={token}x", [], 403),
        ("/?token={token}&token=wrong", [], 403),
        ("/?token=wrong", ["Authorization: Bearer {token}"], 403),
        ("/", ["Authorization: {token}"], 403),
        ("/", ["Authorization: Basic {token}"], 403),
        ("/", ["Authorization: Bearer é"], 403),
        ("/?token={token}", [], 101),
        ("/", ["Authorization: Bearer {token}"], 101),
        ("/any/path?a=b&token={token}", ["authorization: bearer {token}"], 101),
    ],
)
def test_pages_show_the_token(web: Listening, path: str, headers: list[str], status: int) -> None:
    headers = ["Host: localhost", *(header.format(token=web.token) for header in headers)]
    assert status_of(web, path.format(token=web.token), *headers) == status
    if status != 101:
        web.until_said("token")
    assert web.token not in "".join(web.lines)


def test_a_page_that_does_not_read_is_left(tmp_path: Path) -> None:
    question = json.dumps({"jsonrpc": "2.0", "id": 5, "method": "x" * 90})
    with (
        serving("ws", tmp_path) as server,
        connect(
            f"ws://127.0.0.1:{server.port}/?token={server.token}", compression=None, max_queue=1
        ) as connection,
    ):
        connection.send(BODY)
        connection.recv(TIMEOUT)
        begun = time.monotonic()
        while server.process.poll() is None and time.monotonic() < begun + 100:
            try:
                for _ in range(1000):
                    connection.send(question)
            except (ConnectionClosed, OSError):
                break
        assert server.wait() == 1


# Addresses.


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


def test_a_port_in_use(tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = subprocess.run(
            [sys.executable, "-m", "midword", "serve", "--tcp", f"127.0.0.1:{port}"],
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
            check=False,
            env={**os.environ, "TMPDIR": str(tmp_path / "tmp"), "XDG_RUNTIME_DIR": "/nowhere"},
        )
    assert result.returncode == 2
    assert f"can't listen on 127.0.0.1:{port}" in result.stderr
    assert not [path for path in (tmp_path / "tmp").rglob("*") if path.is_file()]


def test_a_server_in_the_background_outlives_its_shell(tmp_path: Path) -> None:
    """`midword serve --tcp ... &` in a shell that ends: the port is how a client comes."""
    said = tmp_path / "stderr"
    shell = subprocess.run(
        f"'{sys.executable}' -m midword serve --tcp 127.0.0.1:0 > /dev/null 2> '{said}' & echo $!",
        shell=True,
        check=True,
        capture_output=True,
    )
    pid = int(shell.stdout)
    try:
        Client.until(lambda: "listening" in said.read_text())
        time.sleep(5)  # two looks at the parent, if it took any
        os.kill(pid, 0)
    finally:
        os.kill(pid, signal.SIGTERM)
