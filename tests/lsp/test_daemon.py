"""One daemon for every window: `midword connect`, `daemon`, `status`, `stop`, `restart`."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from client import TIMEOUT, Client, RefusedError
from daemons import Home
from sockets import framed

import midword

TEXT = "we will dis the plan"
URI = "file:///text.md"


@pytest.fixture
def at_home(home: Path, tiny_model: Path) -> Iterator[Home]:
    """A home in which nothing runs yet."""
    at_home = Home(home, tiny_model)
    with tempfile.TemporaryDirectory(prefix="mw-") as runtime:  # a socket's path must be short
        at_home.environment["XDG_RUNTIME_DIR"] = runtime
        yield at_home
        at_home.end()


def words_soon(client: Client, uri: str, line: int, character: int) -> list[str]:
    """A list, asked for as editors do: once more after ContentModified, at the next key."""
    for _ in range(3):
        with contextlib.suppress(RefusedError):
            return client.words(uri, line, character)
    raise AssertionError("no list")


def copied_package(folder: Path) -> Path:
    """Another installation of the package."""
    source = Path(midword.__file__).parent
    package = folder / "site" / "midword"
    shutil.copytree(source, package, ignore=shutil.ignore_patterns("data", "__pycache__"))
    (package / "data").symlink_to(source / "data")
    return package


# One for all.


def test_windows_share_a_daemon(at_home: Home) -> None:
    first, second = at_home.window(), at_home.window()
    assert first.words(first.open(TEXT), 0, 11)[0] == "discuss"
    assert "measure" in second.words(second.open("they mea the wall"), 0, 8)
    status = at_home.status()
    assert at_home.daemons() == [status["pid"]]
    assert len(status["windows"]) == 2
    assert [model["state"] for model in status["models"]] == ["ready"]
    assert first.shut_down() == second.shut_down() == 0
    assert first.stderr == second.stderr == b""
    Client.until(lambda: not at_home.status()["windows"])


def test_windows_that_open_at_once_start_one(at_home: Home) -> None:
    with at_home.locked():
        clients = [at_home.connect() for _ in range(6)]
        time.sleep(2)  # they find none, and wait for their turn to start one
    for client in clients:
        client.initialize()
        assert client.stderr == b""
    assert len(at_home.status()["windows"]) == 6
    assert len(at_home.daemons()) == 1


def test_another_home_has_another_daemon(
    at_home: Home, make_home: Any, tiny_model: Path, tmp_path: Path
) -> None:
    other = Home(make_home(tmp_path / "other"), tiny_model)
    # The same folder for sockets: a test under sudo, or HOME set for one program.
    other.environment["XDG_RUNTIME_DIR"] = at_home.environment["XDG_RUNTIME_DIR"]
    try:
        at_home.connect().initialize()
        other.connect().initialize()
        assert at_home.pid != other.pid
        assert len(at_home.status()["windows"]) == len(other.status()["windows"]) == 1
    finally:
        other.end()


def test_what_a_window_sets_is_its_own(at_home: Home, tmp_path: Path) -> None:
    first, second = at_home.window(), at_home.window()
    for client in (first, second):
        client.open(TEXT)
    first.execute("midword.toggle", {"scope": "everywhere", "enabled": False})
    assert first.words(URI, 0, 11) == []
    assert second.words(URI, 0, 11)[0] == "discuss"


def test_what_a_window_has_learnt_is_its_own(at_home: Home) -> None:
    first, second = at_home.window(), at_home.window()
    text = "The Xylotron is old. The Xylotron is green.\n\nThe Xylo"
    first.open(text)
    Client.until(lambda: "Xylotron" in first.words(URI, 2, 8))
    assert "Xylotron" not in second.words(second.open("The Xylo"), 0, 8)


def test_relative_paths_begin_where_the_editor_did(at_home: Home, tmp_path: Path) -> None:
    at_home.connect().initialize()  # the daemon itself has another working directory
    shutil.copytree(at_home.model, tmp_path / "editor" / "my-model")

    def there() -> None:
        os.chdir(tmp_path / "editor")

    client = at_home.connect("--model", "./my-model", prepare=there)
    client.initialize()
    client.until_ready()  # it would be out of reach


def test_one_that_was_started_before_is_told_so(at_home: Home) -> None:
    at_home.foreground()
    second = at_home.say("daemon")
    assert second.returncode == 2
    assert second.stderr == "midword: a daemon runs already: see 'midword status'\n"


def test_a_service_manager_listens(at_home: Home) -> None:
    """As systemd does: it keeps the socket, and starts the service when somebody comes."""
    path = str(at_home.socket)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        listening.listen()

        shell = ["sh", "-c", 'LISTEN_PID=$$ exec "$@"', "sh", sys.executable, "-m", "midword"]
        for _ in range(2):
            service = subprocess.Popen(
                [*shell, "daemon"],
                env={
                    **os.environ,
                    **at_home.environment,
                    "LISTEN_FDS": "1",
                    "LISTEN_FDNAMES": "midword.socket",
                },
                preexec_fn=lambda: os.dup2(listening.fileno(), 3),
                pass_fds=(3,),
            )
            client = at_home.window()
            assert client.words(client.open(TEXT), 0, 11)[0] == "discuss"
            assert at_home.pid == service.pid
            at_home.say("stop")
            assert service.wait(TIMEOUT) == 0
            assert Path(path).exists()


def ask(port: int, method: str = "GET", path: str = "/metrics", host: str = "") -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)
    with contextlib.closing(connection):
        connection.putrequest(method, path, skip_host=True)
        connection.putheader("Host", host or f"localhost:{port}")
        connection.endheaders()
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


def test_metrics(at_home: Home) -> None:
    daemon = at_home.foreground("--metrics", "127.0.0.1:0")
    assert daemon.stderr is not None
    said = daemon.stderr.readline()
    port = int(said.rpartition(":")[2].partition("/")[0])
    client = at_home.window()
    client.open("Xylophonist secretly wro", "file:///tmp/Diary.md")
    client.words("file:///tmp/Diary.md", 0, 24)
    code, text = ask(port)
    assert code == 200
    kinds = ("yes", "no")
    figures = dict(line.rsplit(" ", 1) for line in text.splitlines() if line[:1] != "#")
    assert figures["midword_windows"] == figures["midword_documents"] == "1.0"
    assert figures['midword_model_ready{model="tiny-bert"}'] == "1.0"
    lists = [float(figures[f'midword_lists_total{{model="tiny-bert",pass="{p}"}}']) for p in kinds]
    assert sum(lists) > 0
    assert "ylophonist" not in text
    assert "Diary" not in text
    assert ask(port, "POST")[0] == ask(port, "OPTIONS")[0] == 405
    assert ask(port, path="/")[0] == 404
    assert ask(port, host="evil.example")[0] == ask(port, host="]")[0] == 403
    elsewhere = at_home.say("daemon", "--metrics", "0.0.0.0:0")
    assert elsewhere.returncode == 2


# Its end.


def test_stop_and_restart(at_home: Home) -> None:
    assert at_home.say("stop").stdout == "no daemon runs\n"
    assert at_home.say("status").returncode == 3
    client = at_home.window()
    client.open(TEXT)
    before = at_home.pid
    assert at_home.say("restart").stdout == "the daemon runs\n"
    assert words_soon(client, URI, 0, 11)[0] == "discuss"
    assert at_home.pid != before
    assert at_home.daemons() == [at_home.pid]
    shown = at_home.say("status").stdout
    assert "window of a client" in shown
    assert at_home.say("stop").stdout == "the daemon has ended\n"
    assert client.wait() == 0
    assert client.stderr == b""
    assert at_home.daemons() == []
    assert not at_home.socket.exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(at_home: Home, number: signal.Signals) -> None:
    daemon = at_home.foreground()
    client = at_home.connect()
    client.initialize()
    daemon.send_signal(number)
    assert daemon.wait(TIMEOUT) == 0
    assert client.wait() == 0


def test_it_leaves_when_nobody_is_there(at_home: Home) -> None:
    daemon = at_home.foreground("--idle-minutes", "0.02")
    assert daemon.wait(TIMEOUT) == 0
    daemon = at_home.foreground("--idle-minutes", "0.02")
    client = at_home.connect()
    client.initialize()
    time.sleep(2.5)
    assert daemon.poll() is None, "a window is open"
    assert client.shut_down() == 0
    assert daemon.wait(TIMEOUT) == 0


def test_the_settings_say_how_long_it_stays(at_home: Home) -> None:
    client = at_home.connect()
    client.settings = {"idleMinutes": 0}
    client.initialize()
    Client.until(lambda: at_home.status()["running"])
    assert client.shut_down() == 0
    Client.until(lambda: at_home.daemons() == [])


@pytest.mark.parametrize("minutes", ["-1", "nan", "inf", "soon"])
def test_minutes_that_are_none(at_home: Home, minutes: str) -> None:
    for option in ("--idle-minutes", "--model-idle-minutes"):
        refused = at_home.say("daemon", option, minutes)
        assert refused.returncode == 2
        assert "is not a number of minutes" in refused.stderr


def test_a_model_that_nobody_asks_rests(at_home: Home) -> None:
    at_home.foreground("--model-idle-minutes", "0.005")
    client = at_home.window()
    client.open(TEXT)
    assert client.words(URI, 0, 11)[0] == "discuss"
    Client.until(lambda: at_home.status()["models"][0]["state"] == "resting")
    assert client.status()["state"] == "ready"
    assert client.words(URI, 0, 11)[0] == "discuss"


def test_an_upgrade_under_a_running_daemon(at_home: Home, tmp_path: Path) -> None:
    """Another version lies where this one did: windows go on with it."""
    package = copied_package(tmp_path)
    at_home.environment["PYTHONPATH"] = str(package.parent)
    at_home.foreground("--model-idle-minutes", "0.02")  # looks around that much oftener
    client = at_home.window()
    client.open(TEXT)
    before = at_home.pid
    os.utime(package / "__init__.py")
    Client.until(lambda: at_home.status().get("pid") not in (None, before))
    assert words_soon(client, URI, 0, 11)[0] == "discuss"
    assert len(at_home.status()["windows"]) == 1


# A client's end is as with a server of its own.


def test_exit_without_shutdown(at_home: Home) -> None:
    client = at_home.connect()
    client.initialize()
    client.notify("exit")
    assert client.wait() == 1


def test_the_client_closes_its_end(at_home: Home) -> None:
    client = at_home.connect()
    client.initialize()
    assert client.process.stdin is not None
    client.process.stdin.close()
    assert client.wait() == 1
    client = at_home.connect()
    client.initialize()
    client.request("shutdown")
    assert client.process.stdin is not None
    client.process.stdin.close()
    assert client.wait() == 0
    assert not at_home.status()["windows"]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_the_shim_is_killed(at_home: Home, number: signal.Signals) -> None:
    stays, goes = at_home.window(), at_home.window()
    goes.process.send_signal(number)
    goes.wait()
    Client.until(lambda: len(at_home.status()["windows"]) == 1)
    assert stays.words(stays.open(TEXT), 0, 11)[0] == "discuss"


def test_the_editor_is_killed(at_home: Home) -> None:
    """The process that the client named is gone, though its pipes are open."""
    with subprocess.Popen(["sleep", "600"]) as editor:
        client = at_home.connect()
        client.initialize(process_id=editor.pid)
        editor.kill()
    assert client.wait() == 1


def test_the_parent_is_killed(at_home: Home) -> None:
    """Who started the shim is gone, and somebody else has the pipes open."""
    read, write = os.pipe()
    program = (
        "import subprocess, sys; "
        "print(subprocess.Popen([sys.executable, '-m', 'midword', 'connect']).pid, flush=True); "
        "sys.stdin.read()"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=read,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **at_home.environment},
    )
    try:
        assert parent.stdout is not None
        shim = int(parent.stdout.readline())
        Client.until(lambda: at_home.status()["running"])
        parent.kill()
        parent.wait()
        Client.until(lambda: not Path(f"/proc/{shim}").exists())
    finally:
        parent.stdout.close()
        os.close(read)
        os.close(write)


def test_the_daemon_is_detached(at_home: Home) -> None:
    """VS Code waits for whoever has its pipes, and ends the processes below its own."""
    client = at_home.connect()
    client.initialize()
    pid = at_home.pid
    process = Path(f"/proc/{pid}")
    parent, _, session = (process / "stat").read_text().rpartition(")")[2].split()[1:4]
    assert int(parent) not in (client.process.pid, os.getpid())
    assert int(session) != os.getsid(0)
    assert (process / "cwd").readlink() == Path("/")
    for number in range(3):
        assert (process / "fd" / str(number)).readlink() == Path(os.devnull)


# Its death.


def test_a_killed_daemon_costs_one_list(at_home: Home) -> None:
    clients = [at_home.window() for _ in range(3)]
    for client in clients:
        client.open("we will  the plan\n")
        client.type(URI, 0, 8, "di")
        assert "discuss" in client.words(URI, 0, 10)
    waiting = [client.ask("textDocument/completion", _at(0, 10)) for client in clients]
    os.kill(at_home.pid, signal.SIGKILL)
    for client, number in zip(clients, waiting, strict=True):
        client.type(URI, 0, 10, "s")
        with contextlib.suppress(RefusedError):  # answered before, or ContentModified
            client.answer_to(number)
    for client in clients:
        assert words_soon(client, URI, 0, 11)[0] == "discuss"
        assert not client.strays
    assert len(at_home.status()["windows"]) == 3
    assert len(at_home.daemons()) == 1
    assert all(client.shut_down() == 0 for client in clients)


def _at(line: int, character: int) -> dict[str, Any]:
    return {
        "textDocument": {"uri": URI},
        "position": {"line": line, "character": character},
        "context": {"triggerKind": 1},
    }


@pytest.mark.parametrize("name", ["Neovim", "another"])
def test_what_was_asked_when_it_died(at_home: Home, name: str) -> None:
    """It is answered with ContentModified; Neovim would show that, and hears the answer later."""
    client = at_home.connect()
    client.initialize(name=name)
    client.until_ready()
    client.open(TEXT)
    first = at_home.pid
    os.kill(first, signal.SIGSTOP)  # so that it answers nothing
    words = client.ask("textDocument/completion", _at(0, 11))
    toggle = client.ask("workspace/executeCommand", {"command": "midword.toggle", "arguments": []})
    os.kill(first, signal.SIGKILL)
    if name == "Neovim":
        assert client.answer_to(words)["items"][0]["label"] == "discuss"
    else:
        with pytest.raises(RefusedError, match="started anew") as refused:
            client.answer_to(words)
        assert refused.value.code == -32801
    with pytest.raises(RefusedError, match="started anew"):  # it would have changed something
        client.answer_to(toggle)
    assert client.words(URI, 0, 11)[0] == "discuss"


def test_what_was_switched_and_set_comes_back(at_home: Home, tmp_path: Path) -> None:
    client = at_home.connect()
    client.initialize(capabilities={})  # can't be asked for settings, and so pushes them
    client.until_ready()
    client.open(TEXT)
    other = client.open(TEXT, "file:///other.md")
    third = client.open(TEXT, "file:///third.txt", "plaintext")
    client.notify("workspace/didChangeConfiguration", {"settings": {"midword": {"items": 3}}})
    assert len(client.words(other, 0, 11)) == 3
    client.execute("midword.toggle", {"scope": "file", "uri": URI})  # without saying which way
    client.execute("midword.toggle", {"scope": "language", "uri": third, "enabled": False})
    client.close(third)
    client.open(TEXT, third, "plaintext")
    os.kill(at_home.pid, signal.SIGKILL)
    assert len(words_soon(client, other, 0, 11)) == 3
    assert words_soon(client, URI, 0, 11) == []
    assert words_soon(client, third, 0, 11) == []
    assert client.execute("midword.toggle", {"scope": "file", "uri": URI})["enabled"]
    assert client.words(URI, 0, 11)[0] == "discuss"


def test_a_chosen_model_comes_back(at_home: Home) -> None:
    shutil.copytree(at_home.model, at_home.folder / "data" / "midword" / "models" / "mine")
    client = at_home.connect("--stdio")
    client.initialize()
    client.until(lambda: client.status()["model"] == "bundled")
    client.execute("midword.chooseModel", {"model": "mine"})
    client.until(lambda: client.status()["model"] == "mine")
    os.kill(at_home.pid, signal.SIGKILL)
    words_soon(client, client.open(TEXT), 0, 11)
    assert client.status()["model"] == "mine"


def test_folders_and_questions_come_back_quietly(at_home: Home, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / ".midword.toml").write_text("items = 2\nnonsense = 1\n")
    client = at_home.window()
    event = {"added": [{"uri": folder.as_uri(), "name": "folder"}], "removed": []}
    client.notify("workspace/didChangeWorkspaceFolders", {"event": event})
    uri = client.open(TEXT, (folder / "text.md").as_uri())
    assert len(client.words(uri, 0, 11)) == 2
    said, asked = len(client.messages), [r["method"] for r in client.requests]
    assert said == 1, client.messages
    os.kill(at_home.pid, signal.SIGKILL)
    assert len(words_soon(client, uri, 0, 11)) == 2
    assert len(client.messages) == said
    registrations = [r for r in client.requests if r["method"] == "client/registerCapability"]
    assert len(registrations) == asked.count("client/registerCapability")


def test_a_long_journal_is_a_snapshot(at_home: Home) -> None:
    """More was typed than a document's journal holds, in two documents and a notebook's cell."""
    client = at_home.window()
    client.open("\n")
    other = client.open("short\n", "file:///other.md")
    line = "the garden was green and the house was old\n" * 40
    for number in range(80):
        client.type(URI, 0, 0, line)
        if number == 40:
            client.type(other, 0, 0, "we will ")
    client.type(URI, 0, 0, TEXT + "\n")
    assert client.words(URI, 0, 11)[0] == "discuss"
    shim = Path(f"/proc/{client.process.pid}/statm")
    assert int(shim.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") < 30e6
    os.kill(at_home.pid, signal.SIGKILL)
    client.type(URI, 0, 0, "\n")
    assert words_soon(client, URI, 1, 11)[0] == "discuss"
    client.type(other, 0, 8, "dis ")
    assert words_soon(client, other, 0, 11)[0] == "discuss"
    # The whole text arrived: its end is where it was.
    hover = client.request("textDocument/hover", _at(2 + 80 * 40 - 1, 5))
    assert hover is not None


def test_one_that_dies_at_once_is_left(at_home: Home, tmp_path: Path) -> None:
    """A window has a server of its own then."""
    package = tmp_path / "site" / "sitecustomize.py"
    package.parent.mkdir()
    package.write_text("import sys\nif 'daemon' in sys.orig_argv: sys.exit(1)\n")
    client = at_home.connect(environment={**at_home.environment, "PYTHONPATH": str(package.parent)})
    client.initialize()
    client.until_ready()
    assert client.words(client.open(TEXT), 0, 11)[0] == "discuss"
    assert client.shut_down() == 0
    assert client.stderr.startswith(b"midword: no daemon, so a server of its own: ")


def test_one_that_dies_again_and_again_is_left(at_home: Home) -> None:
    client = at_home.connect()
    client.initialize()
    dead: list[int] = []
    for _ in range(3):
        Client.until(lambda: at_home.status().get("pid") not in (None, *dead))
        dead.append(at_home.pid)
        os.kill(dead[-1], signal.SIGKILL)
    assert client.wait() == 1
    assert client.stderr == b"midword: the daemon dies again and again\n"


# Faults.


def test_somebody_holds_the_lock(at_home: Home) -> None:
    with at_home.locked():
        client = at_home.connect()
        client.initialize()
        client.until_ready()
        assert client.words(client.open(TEXT), 0, 11)[0] == "discuss"
        assert b"no daemon, so a server of its own" in client.stderr
        assert client.shut_down() == 0


@pytest.mark.skipif(Path(f"/run/user/{os.getuid()}").exists(), reason="there is a place")
def test_there_is_nowhere_to_listen(at_home: Home) -> None:
    """Every folder is full, or can't be written to."""
    for name in ("XDG_RUNTIME_DIR", "TMPDIR", "XDG_DATA_HOME"):
        at_home.environment[name] = "/proc/nowhere"
    client = at_home.window()
    assert client.words(client.open(TEXT), 0, 11)[0] == "discuss"
    assert client.stderr == (
        b"midword: no daemon, so a server of its own: there is nowhere for it to listen\n"
    )
    assert client.shut_down() == 0
    assert at_home.say("daemon").returncode == at_home.say("stop").returncode == 2


def test_a_model_that_is_replaced_while_it_rests(at_home: Home, tmp_path: Path) -> None:
    """It is found out when the model is needed again: one message, and words from elsewhere."""
    at_home.model = Path(shutil.copytree(at_home.model, tmp_path / "model"))
    at_home.foreground("--model-idle-minutes", "0.005")
    client = at_home.window()
    client.open("the garden and the house. " * 3 + "the gar")
    assert client.words(URI, 0, 85)
    Client.until(lambda: at_home.status()["models"][0]["state"] == "resting")
    for path in at_home.model.iterdir():
        path.write_bytes(b"damaged")
    assert "garden" in client.words(URI, 0, 85)
    Client.until(lambda: at_home.status()["models"][0]["state"] == "degraded")
    assert len(client.messages) == 1
    assert at_home.status()["running"]


def test_two_versions_side_by_side(at_home: Home, tmp_path: Path) -> None:
    package = copied_package(tmp_path)
    first = at_home.window()
    before = at_home.pid
    at_home.environment["PYTHONPATH"] = str(package.parent)
    second = at_home.window()
    assert at_home.pid != before
    assert len(at_home.daemons()) == 2
    for client in (first, second):
        assert client.words(client.open(TEXT), 0, 11)[0] == "discuss"
    os.kill(before, signal.SIGTERM)


def test_a_daemon_that_hangs(at_home: Home) -> None:
    at_home.connect().initialize()
    pid = at_home.pid
    os.kill(pid, signal.SIGSTOP)
    try:
        client = at_home.connect()
        client.initialize()
        assert b"no daemon, so a server of its own: the daemon doesn't answer" in client.stderr
        status = at_home.say("status")
        assert status.returncode == 2
        assert status.stderr.startswith("midword: the daemon can't be asked: ")
        assert f"; kill -9 {pid} ends it, " in status.stderr
    finally:
        os.kill(pid, signal.SIGKILL)


def test_the_socket_is_replaced(at_home: Home) -> None:
    """By a file: whoever comes next starts another daemon, and the first one stays with its own."""
    first = at_home.window()
    before = at_home.pid
    at_home.socket.unlink()
    second = at_home.window()
    assert at_home.pid != before
    for client in (first, second):
        assert client.words(client.open(TEXT), 0, 11)[0] == "discuss"
    assert first.shut_down() == 0
    os.kill(before, signal.SIGTERM)
    Client.until(lambda: before not in at_home.daemons())
    assert at_home.socket.exists(), "it is the second one's"


def test_a_folder_that_others_can_write_to(at_home: Home) -> None:
    """It is not used, though there is a socket in it."""
    at_home.connect().initialize()
    folder = at_home.socket.parent
    assert at_home.status()["running"]
    folder.chmod(0o777)
    try:
        assert not at_home.status()["running"]
    finally:
        folder.chmod(0o700)
    assert at_home.status()["running"]


@pytest.mark.skipif(os.getuid() != 0, reason="only root can be somebody else")
def test_a_socket_of_somebody_else(at_home: Home) -> None:
    path = str(at_home.socket)
    program = (
        "import os, socket, sys, time; s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); "
        "os.setuid(65534); s.listen(5); print(flush=True); time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", program, path], stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        client = at_home.connect()
        client.initialize()
        assert b"belongs to another user" in client.stderr
        other.kill()


@pytest.mark.skipif(os.getuid() != 0, reason="only root can be somebody else")
def test_a_visitor_who_is_somebody_else(at_home: Home) -> None:
    at_home.connect().initialize()
    path = at_home.socket
    path.chmod(0o777)
    path.parent.chmod(0o777)  # which it isn't, so that nobody else even gets here
    program = (
        "import os, socket, sys; os.chdir(sys.argv[1]); os.setuid(65534); "
        "s = socket.socket(socket.AF_UNIX); s.settimeout(20); s.connect(sys.argv[2]); "
        "print(s.recv(10))"
    )
    said = subprocess.run(
        [sys.executable, "-c", program, str(path.parent), path.name],
        capture_output=True,
        text=True,
        check=False,
    )
    path.parent.chmod(0o700)
    assert said.stdout == "b''\n" or "reset" in said.stderr.lower()
    assert at_home.status()["running"]


@pytest.mark.parametrize(
    "said",
    [
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\xff" * 100_000 + b"\n",
        b'{"midword": 2}\n',
        b'{"midword": 1, "do": "converse", "identity": "another"}\n',
        b'{"midword": 1}\n',
        b"[" * 50_000 + b"\n",
        b"Content-Length: 5\r\n\r\n{}\n",
        b"",
    ],
)
def test_a_visitor_who_talks_nonsense(at_home: Home, said: bytes) -> None:
    client = at_home.window()
    with socket.socket(socket.AF_UNIX) as visitor:
        visitor.settimeout(TIMEOUT)
        visitor.connect(str(at_home.socket))
        with contextlib.suppress(OSError):
            visitor.sendall(said)
            visitor.shutdown(socket.SHUT_WR)
            answer = b"".join(iter(lambda: visitor.recv(4096), b""))
            assert answer == b"" or "refused" in json.loads(answer)
    assert client.words(client.open(TEXT), 0, 11)[0] == "discuss"
    assert len(at_home.status()["windows"]) == 1


def test_huge_headers_and_bodies(at_home: Home) -> None:
    client, other = at_home.window(), at_home.window()
    client.send_bytes(b"X-Long: " + b"y" * 100_000_000 + b"\r\n\r\n")
    client.send_bytes(b"Content-Length: 9999999999\r\n\r\n" + b"z" * 1_000_000)
    assert other.words(other.open(TEXT), 0, 11)[0] == "discuss"
    assert len(at_home.daemons()) == 1


def test_a_window_that_hangs_holds_nobody_up(at_home: Home) -> None:
    hangs, floods, types = at_home.window(), at_home.window(), at_home.window()
    hangs.open(TEXT)
    os.kill(hangs.process.pid, signal.SIGSTOP)
    floods.open(TEXT)
    hover = {"jsonrpc": "2.0", "method": "textDocument/hover", "params": _at(0, 4)}
    flood = b"".join(framed({**hover, "id": f"flood-{number}"}) for number in range(20_000))
    thread = threading.Thread(target=lambda: floods.send_bytes(flood), daemon=True)
    thread.start()
    types.open(TEXT)
    for _ in range(5):
        started = time.monotonic()
        assert types.words(URI, 0, 11)[0] == "discuss"
        assert time.monotonic() - started < 5
    os.kill(hangs.process.pid, signal.SIGCONT)
    assert hangs.words(URI, 0, 11)[0] == "discuss"
    thread.join(TIMEOUT)


def test_many_come_and_go(at_home: Home) -> None:
    stays = at_home.window()

    def visit() -> None:
        client = at_home.connect()
        client.initialize()
        client.open(TEXT)
        assert client.words(URI, 0, 11)
        assert client.shut_down() == 0

    def held() -> tuple[int, int]:
        process = Path(f"/proc/{pid}")
        return len(list((process / "fd").iterdir())), len(list((process / "task").iterdir()))

    pid = at_home.pid
    visit()
    before = held()
    for _ in range(12):
        visit()
    Client.until(lambda: held() <= before)
    assert stays.words(stays.open(TEXT), 0, 11)[0] == "discuss"


def test_its_log_holds_no_text(at_home: Home) -> None:
    at_home.foreground("--log-level", "debug")
    client = at_home.window()
    client.open("Xylophonist secretly wro")
    client.words(URI, 0, 24)
    client.notify("textDocument/didChange", {"textDocument": {"uri": URI}, "contentChanges": 3})
    client.shut_down()
    at_home.say("stop")
    log = (at_home.folder / "state" / "midword" / "log" / "daemon.log").read_text()
    assert "listening on" in log
    assert "ylophonist" not in log
    assert "wro" not in log


def test_it_says_nothing_of_texts(at_home: Home) -> None:
    client = at_home.window()
    client.open("Xylophonist secretly wro", "file:///tmp/Diary.md")
    shown = at_home.say("status").stdout + at_home.say("status", "--json").stdout
    assert "ylophonist" not in shown
    assert "Diary" not in shown
