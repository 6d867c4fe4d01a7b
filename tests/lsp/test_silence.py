"""Nothing leaves the machine, and nothing is written outside of Midword's own folders."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from client import Client

from conftest import Start, environment
from midword.silence import VARIABLES
from tracing import Trace, outside, trace  # noqa: F401 - a fixture

# Whatever the writer's environment says, and with no byte code written, which is Python's doing.
LOUD = {
    **{name: "0" if value == "1" else "1" for name, value in VARIABLES.items()},
    "PYTHONDONTWRITEBYTECODE": "1",
}
# onnxruntime's telemetry makes its folder at once, and connects within half a minute.
PATIENCE = 40.0


@pytest.mark.timeout(240)
@pytest.mark.parametrize("command", ["serve", "connect"])
def test_a_session_opens_no_network(
    trace: Trace,  # noqa: F811
    tiny_model: Path,
    tmp_path: Path,
    command: str,
) -> None:
    home, folder = tmp_path / "home", tmp_path / "folder"
    home.mkdir()
    folder.mkdir()
    (folder / "notes.md").write_text("The committee met on Tuesday.\n")
    variables = {**environment(home), "TMPDIR": str(home), **LOUD}
    client = Client(
        ("--stdio", "--model", str(tiny_model)),
        environment=variables,
        wrapper=trace.before,
        command=command,
    )
    began = time.monotonic()
    client.initialize(folder)
    client.until_ready()
    uri = client.open("The committee will  on Tuesday.", (folder / "a.md").as_uri())
    client.type(uri, 0, 19, "m")
    assert client.complete(uri, 0, 20)["items"]
    at = {"textDocument": {"uri": uri}, "position": {"line": 0, "character": 8}}
    client.request("textDocument/hover", at)
    client.execute("midword.addWord", {"word": "Zephyr", "scope": "personal", "uri": uri})
    client.execute("midword.addWord", {"word": "Zephyr", "scope": "project", "uri": uri})
    client.execute("midword.models")
    # The libraries are the same in both; what the daemon does of its own accord it does at once.
    patience = PATIENCE if command == "serve" else PATIENCE / 4
    time.sleep(max(0.0, patience - (time.monotonic() - began)))
    client.request("shutdown")
    client.notify("exit")
    stop = [sys.executable, "-m", "midword", "stop"]  # a daemon is among the traced
    stopped = subprocess.run(stop, env={**os.environ, **variables}, capture_output=True, check=True)
    assert (b"has ended" in stopped.stdout) == (command == "connect")
    assert client.wait() == 0
    client.kill()  # closes its pipes
    assert trace.connections() == []
    changed = trace.changed()
    assert home / "data/midword/dictionary.txt" in changed, "strace sees what is written"
    # The last is where a socket goes whose path would be too long elsewhere.
    own = [home / name for name in ("data", "state", "run", f"midword-{os.getuid()}")]
    assert outside(changed, *own, folder) == []
    assert not (home / "cache").exists()


@pytest.mark.parametrize("command", [["suggest", "The committee will | on"], ["doctor"]])
def test_a_command_opens_no_network(
    trace: Trace,  # noqa: F811
    tmp_path: Path,
    command: list[str],
) -> None:
    home, temporary = tmp_path / "home", tmp_path / "temporary"
    temporary.mkdir()
    process = subprocess.run(
        [*trace.before, sys.executable, "-m", "midword", *command],
        env={**os.environ, **environment(home), "TMPDIR": str(temporary), **LOUD},
        cwd=tmp_path,
        capture_output=True,
        timeout=120,
        check=True,
    )
    assert process.stdout
    assert trace.connections() == []
    assert outside(trace.changed(), home / "data", home / "run", temporary) == []
    assert not (home / "cache").exists()
    assert not list(temporary.iterdir())  # what torch tries at its import is gone again


def test_no_client_of_servers_is_loaded_without_the_setting(start: Start) -> None:
    """What asks a team's inference server; `tests/inference` sees it ask."""

    def holds_client(settings: dict[str, str]) -> bool:
        client = start(settings=settings)
        client.initialize()
        client.until_ready()
        assert client.complete(client.open("The committee will "), 0, 19)["items"]
        return "cygrpc" in Path(f"/proc/{client.process.pid}/maps").read_text()

    nowhere = "grpc://127.0.0.1:9"
    assert not holds_client({"endpoint": nowhere})
    assert holds_client({"endpoint": nowhere, "runtime": "remote"}), "so it would be seen"


def test_no_server_is_asked_that_the_writer_has_no_token_for(
    trace: Trace,  # noqa: F811
    start: Start,
) -> None:
    """As an editor's settings in somebody's folder could name one."""
    elsewhere = {"runtime": "remote", "endpoint": "grpcs://192.0.2.1:8001"}
    client = start(settings=elsewhere, wrapper=trace.before)
    client.initialize()
    client.until_ready()
    assert client.complete(client.open("The committee will "), 0, 19)["items"]
    client.wait_for("window/showMessage", lambda said: "nothing is sent" in said["message"])
    assert client.shut_down() == 0
    assert trace.connections() == []


PROGRAM = """
import sys, time
from midword import Midword
began = time.monotonic()
midword = Midword.load(sys.argv[1])
print(midword.suggest("we will dis", " the plan")[0].word)
print(midword.alternatives("we will ", "discuss", " the plan").rank)
time.sleep(max(0.0, float(sys.argv[2]) - (time.monotonic() - began)))
"""


def test_a_program_opens_no_network(
    trace: Trace,  # noqa: F811
    tiny_model: Path,
    tmp_path: Path,
) -> None:
    home, temporary = tmp_path / "home", tmp_path / "temporary"
    home.mkdir()
    temporary.mkdir()
    process = subprocess.run(
        [*trace.before, sys.executable, "-c", PROGRAM, str(tiny_model), str(PATIENCE)],
        env={**os.environ, **environment(home), "TMPDIR": str(temporary), **LOUD},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert process.stdout.split() == ["discuss", "1"]
    assert trace.connections() == []
    assert outside(trace.changed(), home / "data", home / "run", temporary) == []
    assert not (home / "cache").exists()


def test_an_attempt_would_be_seen(trace: Trace, tmp_path: Path) -> None:  # noqa: F811
    program = (
        "import socket, sys\n"
        "s = socket.socket(); s.settimeout(1); s.connect_ex(('127.0.0.1', 9))\n"
        "open(sys.argv[1], 'w').close()"
    )
    written = tmp_path / "elsewhere"
    subprocess.run([*trace.before, sys.executable, "-c", program, str(written)], check=True)
    assert trace.connections()
    assert str(written) in outside(trace.changed(), tmp_path / "home")
