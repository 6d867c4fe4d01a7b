"""From the first byte to the exit code: loading, waiting, cancelling, leaving."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from client import TIMEOUT, Client, RefusedError, completion_at
from sockets import EXIT, INITIALIZE, SHUTDOWN, framed, piped, say

from conftest import Start
from midword.engine.reader import PATIENCE

TEXT = "the committee will meet on tuesday to "
CANCELLED, CONTENT_MODIFIED = -32800, -32801


def test_loading_shows_progress(start: Start) -> None:
    client = start()
    client.initialize()
    token = client.wait_for("window/workDoneProgress/create")["token"]

    def progress(kind: str) -> bool:
        client.wait_for("$/progress", lambda p: p["token"] == token and p["value"]["kind"] == kind)
        return True

    assert progress("begin")
    assert progress("end")


def test_a_client_without_progress_gets_none(start: Start) -> None:
    client = start()
    client.initialize(capabilities={})
    client.until_ready()
    methods = {message["method"] for message in [*client.notifications, *client.requests]}
    assert not methods & {"$/progress", "window/workDoneProgress/create", "midword/status"}


def test_status_notifications_for_those_who_want_them(start: Start) -> None:
    client = start()
    client.initialize(options={"statusNotifications": True})
    client.wait_for("midword/status", lambda params: params["state"] == "loading")
    ready = client.wait_for("midword/status", lambda params: params["state"] == "ready")
    assert ready["model"] == "tiny-bert"
    assert ready["runtime"].startswith("onnx")


def test_a_request_waits_for_the_model(start: Start) -> None:
    for _ in range(5):  # a busy machine may take longer to load it than a request waits
        client = start()
        client.initialize()
        uri = client.open("we will dis the plan")
        begun = time.monotonic()
        answer = client.complete(uri, 0, 11)
        if time.monotonic() - begun < PATIENCE:
            break
        client.kill()
    else:
        pytest.skip(f"this machine takes more than {PATIENCE} s to load a tiny model")
    assert answer["items"][0]["label"] == "discuss"


def test_a_request_does_not_wait_for_ever(start: Start, slow_model: Path) -> None:
    client = start("--stdio", "--model", str(slow_model))
    client.initialize()
    uri = client.open("the zyxgarden is red and the zyx")
    begun = time.monotonic()
    answer = client.complete(uri, 0, 32)
    assert 1.5 < time.monotonic() - begun < 10
    assert answer["isIncomplete"] is True
    client.until(lambda: "zyxgarden" in client.words(uri, 0, 32))
    assert client.status()["state"] == "loading"


def test_leaving_does_not_wait_for_the_model(start: Start, slow_model: Path) -> None:
    client = start("--stdio", "--model", str(slow_model))
    client.initialize()
    client.complete(client.open(TEXT), 0, len(TEXT))
    begun = time.monotonic()
    assert client.shut_down() == 0
    assert time.monotonic() - begun < 5


def test_a_waiting_request_can_be_cancelled(start: Start, slow_model: Path) -> None:
    client = start("--stdio", "--model", str(slow_model))
    client.initialize()
    uri = client.open(TEXT)
    request = client.ask("textDocument/completion", completion_at(uri, 0, len(TEXT)))
    client.notify("$/cancelRequest", {"id": request})
    with pytest.raises(RefusedError) as refused:
        client.answer_to(request, timeout=1.5)
    assert refused.value.code == CANCELLED


def test_a_newer_request_overtakes_the_waiting_one(start: Start, slow_model: Path) -> None:
    client = start("--stdio", "--model", str(slow_model))
    client.initialize()
    uri, other = client.open(TEXT), client.open(TEXT, "file:///other.md")
    first = client.ask("textDocument/completion", completion_at(uri, 0, 4))
    elsewhere = client.ask("textDocument/completion", completion_at(other, 0, 4))
    second = client.ask("textDocument/completion", completion_at(uri, 0, len(TEXT)))
    with pytest.raises(RefusedError) as refused:
        client.answer_to(first, timeout=1.5)
    assert refused.value.code == CONTENT_MODIFIED
    assert client.answer_to(elsewhere)["isIncomplete"] is True
    assert client.answer_to(second)["isIncomplete"] is True


def test_cancelling_what_is_answered_or_unknown_does_nothing(client: Client) -> None:
    client.notify("$/cancelRequest", {"id": 1})
    client.notify("$/cancelRequest", {"id": "nobody"})
    assert client.status()["state"] == "ready"


def test_a_request_is_about_the_text_when_it_came(start: Start) -> None:
    client = start()
    client.initialize()
    client.until_ready()
    uri = client.open("we will dis")
    # Nobody read this gap, so the answer waits while the text goes on.
    request = client.ask("textDocument/completion", completion_at(uri, 0, 11))
    client.edit(uri, {"text": ""})
    items = client.answer_to(request)["items"]
    assert items[0]["label"] == "discuss"
    assert {item["filterText"] for item in items} == {"dis"}
    assert client.words(uri, 0, 11) != [item["label"] for item in items]


def test_exit_after_shutdown(start: Start) -> None:
    client = start()
    client.initialize()
    assert client.shut_down() == 0
    assert client.stderr == b""


def test_exit_without_shutdown(start: Start) -> None:
    client = start()
    client.initialize()
    client.notify("exit")
    assert client.wait() == 1


def test_exit_before_initialize(start: Start) -> None:
    client = start()
    client.notify("exit")
    assert client.wait() == 1


def test_requests_after_shutdown_are_refused(start: Start) -> None:
    client = start()
    client.initialize()
    client.request("shutdown")
    with pytest.raises(RefusedError) as refused:
        client.request("textDocument/hover", completion_at("file:///a.md", 0, 0))
    assert refused.value.code == -32600


def test_the_client_closes_its_end(start: Start) -> None:
    client = start()
    client.initialize()
    assert client.process.stdin is not None
    client.process.stdin.close()
    assert client.wait() == 1


def test_the_client_is_killed(start: Start) -> None:
    """Its process dies while somebody else, here the test, keeps the pipe open."""
    editor = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    client = start()
    client.initialize(process_id=editor.pid)
    client.status()
    editor.send_signal(signal.SIGKILL)
    editor.wait()
    assert client.wait(timeout=20) == 1


def test_a_process_id_that_cannot_be_seen_is_no_reason_to_leave(start: Start) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    client = start()
    client.initialize(process_id=gone.pid)
    time.sleep(3)
    assert client.status()["version"]


@pytest.mark.parametrize("imported", ["_asyncio", "_multiarray_umath", "onnxruntime"])
def test_the_client_is_killed_before_it_says_anything(imported: str) -> None:
    """The test keeps the pipe open; the server is this client's child, and has come so far."""
    ours, theirs = os.pipe()
    client = subprocess.Popen(
        [sys.executable, "-c", CLIENT], stdin=ours, stdout=subprocess.PIPE, text=True
    )
    assert client.stdout is not None
    server = int(client.stdout.readline())
    Client.until(lambda: imported in Path(f"/proc/{server}/maps").read_text())
    client.send_signal(signal.SIGKILL)
    client.wait()
    try:
        Client.until(lambda: not is_running(server), 20)
    finally:
        os.close(theirs)
        os.close(ours)
        client.stdout.close()


CLIENT = """
import subprocess, sys, time
server = subprocess.Popen(
    [sys.executable, "-m", "midword", "serve", "--stdio"], stdout=subprocess.DEVNULL
)
print(server.pid, flush=True)
time.sleep(100)
"""


def is_running(pid: int) -> bool:
    """Whether there is such a process that hasn't ended; nobody may wait for it in a container."""
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


def test_a_wrapper_goes_and_the_client_stays(start: Start, tiny_model: Path) -> None:
    """Editors start servers through scripts; the process that the client names counts then."""
    client = start("--stdio", "--model", str(tiny_model), wrapper=[sys.executable, "-c", WRAPPER])
    client.initialize(process_id=os.getpid())
    assert client.process.wait(TIMEOUT) == 0, "the wrapper has gone"
    time.sleep(5)  # two looks at the parent
    assert client.status()["version"]
    client.request("shutdown")
    client.notify("exit")


WRAPPER = """
import subprocess, sys, time
subprocess.Popen(sys.argv[1:])
time.sleep(1.5)
"""


def test_the_client_reads_no_answers(tiny_model: Path) -> None:
    """It asks on and on: the server goes on reading, until too much waits."""
    question = framed({"jsonrpc": "2.0", "id": 5, "method": "x" * 90}) * 500
    with piped("--model", str(tiny_model)) as server:
        assert server.stdin is not None
        with pytest.raises(BrokenPipeError):
            for _ in range(4000):  # the answers come to 300 MB
                server.stdin.write(question)
        assert server.wait(TIMEOUT) == 1
        assert server.stderr is not None
        assert b"doesn't read" in server.stderr.read()


def test_the_last_answers_reach_a_slow_client(tiny_model: Path) -> None:
    """More than a pipe holds lies before `exit`."""
    question = {"jsonrpc": "2.0", "id": 5, "method": "x" * 90}
    with piped("--model", str(tiny_model)) as server:
        say(server, INITIALIZE, *[question] * 2000, SHUTDOWN, EXIT)
        time.sleep(1)
        answers, _ = server.communicate(timeout=TIMEOUT)
        assert server.returncode == 0
    assert answers.count(b'"id":5') == 2000
    assert answers.endswith(b'{"id":2,"jsonrpc":"2.0","result":null}')


def test_the_client_stops_reading() -> None:
    ours, theirs = os.pipe()
    server = subprocess.Popen(
        [sys.executable, "-m", "midword", "serve", "--stdio"],
        stdin=subprocess.PIPE,
        stdout=theirs,
    )
    os.close(ours)
    os.close(theirs)
    assert server.stdin is not None
    server.stdin.write(b'Content-Length: 40\r\n\r\n{"jsonrpc":"2.0","id":1,"method":"nope"}')
    server.stdin.flush()
    assert server.wait(TIMEOUT) == 1
    server.stdin.close()


def test_what_nobody_thought_of_ends_it_at_once_and_without_text() -> None:
    """Native threads, of which the interpreter's way out would wait for some and abort others."""
    code = """
import threading, time
from midword import logs
from midword.lsp.leaving import run_to_the_end

async def serve():
    threading.Thread(target=time.sleep, args=(60,)).start()
    raise RuntimeError("zyxsecret")

logs.set_up("warning", None)
run_to_the_end(serve())
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30)
    assert ended.returncode == 1
    assert "RuntimeError" in ended.stderr
    assert "zyxsecret" not in ended.stderr


@pytest.mark.parametrize("kind", ["file", "socket"])
def test_stdin_may_be_a_file_or_a_socket(kind: str, tmp_path: Path) -> None:
    """Node.js gives its children sockets; a recorded session comes from a file."""
    ours, theirs = socket.socketpair()
    said = b"".join(map(framed, [INITIALIZE, SHUTDOWN, EXIT]))
    ours.sendall(said)
    (tmp_path / "said").write_bytes(said)
    with ours, theirs, (tmp_path / "said").open("rb") as file:
        server = subprocess.run(
            [sys.executable, "-m", "midword", "serve", "--stdio"],
            stdin=file if kind == "file" else theirs,
            stdout=subprocess.PIPE,
            timeout=TIMEOUT,
            check=False,
        )
    assert server.returncode == 0
    assert server.stdout.endswith(b'{"id":2,"jsonrpc":"2.0","result":null}')


def test_capabilities(start: Start) -> None:
    result = start().initialize()
    capabilities = result["capabilities"]
    assert result["serverInfo"]["name"] == "midword"
    assert capabilities["textDocumentSync"]["change"] == 2
    assert capabilities["textDocumentSync"]["openClose"] is True
    assert {"a", "Z", "é", "'", "’", "-", " "} <= set(
        capabilities["completionProvider"]["triggerCharacters"]
    )
    assert capabilities["hoverProvider"] is True
