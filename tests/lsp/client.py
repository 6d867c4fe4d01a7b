"""A language client on raw JSON-RPC: what an editor would send, byte for byte.

It drives a real server process, can send what no well-behaved client would, and keeps everything
that the server said.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

Json = dict[str, Any]

TIMEOUT = 30.0  # seconds; a laptop under load is slow, a hang is longer

# What VS Code's client says of itself, as far as this server looks.
CAPABILITIES: Json = {
    "general": {"positionEncodings": ["utf-16"]},
    "window": {"workDoneProgress": True},
    "workspace": {
        "configuration": True,
        "workspaceEdit": {"documentChanges": True},
        "didChangeWatchedFiles": {"dynamicRegistration": True},
    },
    "textDocument": {
        "completion": {"contextSupport": True},
        "hover": {"contentFormat": ["markdown", "plaintext"]},
        "codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": []}}},
        "inlineCompletion": {"dynamicRegistration": True},
    },
}


class RefusedError(Exception):
    """The server answered with an error."""

    def __init__(self, error: Json) -> None:
        super().__init__(error["message"])
        self.code: int = error["code"]


class Client:
    """One server process and the conversation with it."""

    def __init__(
        self,
        arguments: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,
        settings: Json | None = None,
        prepare: Callable[[], None] | None = None,
        command: str = "serve",
        wrapper: Sequence[str] = (),
        python: str = sys.executable,
    ) -> None:
        """Start `python -m midword serve` (or another command) with `arguments`.

        `settings` is what `workspace/configuration` answers; `prepare` runs in the new process;
        `wrapper` is a program that starts what its arguments say; `python` starts it.
        """
        self.settings = settings or {}
        self.notifications: list[Json] = []
        self.requests: list[Json] = []  # of the server's
        self.answers: dict[str, Any] = {}  # to the server's requests, by method
        self.refuses: set[str] = set()  # requests of the server's that get an error
        self.ignores: set[str] = set()  # those that get no answer
        self.strays: list[Json] = []  # answers to no request of ours
        self._ids = itertools.count(1)
        self._answers: dict[int | str, queue.Queue[Json]] = {}
        self._pending: dict[int, queue.Queue[Json]] = {}
        self._heard = threading.Condition()
        self._versions: dict[str, int] = {}
        self.process = subprocess.Popen(
            [*wrapper, python, "-m", "midword", command, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONFAULTHANDLER": "1", **(environment or {})},
            preexec_fn=prepare,
        )
        self.stderr = b""
        self._readers = [
            threading.Thread(target=self._listen, daemon=True),
            threading.Thread(target=self._listen_to_errors, daemon=True),
        ]
        for reader in self._readers:
            reader.start()

    # The wire.

    def send_bytes(self, data: bytes) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def send_body(self, body: bytes) -> None:
        self.send_bytes(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))

    def send(self, message: Any) -> None:
        self.send_body(json.dumps(message).encode())

    def _listen(self) -> None:
        stream = self.process.stdout
        assert stream is not None
        while header := stream.readline():
            found = re.fullmatch(rb"Content-Length: (\d+)\r\n", header)
            assert found, f"stdout is polluted: {header!r}"
            while (line := stream.readline()) != b"\r\n":
                assert line.startswith(b"Content-Type: "), f"stdout is polluted: {line!r}"
            message = json.loads(stream.read(int(found[1])))
            with self._heard:
                self._take(message)
                self._heard.notify_all()

    def _listen_to_errors(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.stderr += line

    def _take(self, message: Json) -> None:
        if "method" not in message:
            waiting = self._answers.pop(message.get("id"), None)
            if waiting is None:
                self.strays.append(message)
            else:
                waiting.put(message)
        elif "id" in message:
            self.requests.append(message)
            if message["method"] in self.ignores:
                return
            reply = {"jsonrpc": "2.0", "id": message["id"]}
            if message["method"] in self.refuses:
                reply["error"] = {"code": -32601, "message": "no such method"}
            else:
                reply["result"] = self._reply(message)
            with contextlib.suppress(OSError, ValueError):  # a client that has left can't answer
                self.send(reply)
        else:
            self.notifications.append(message)

    def _reply(self, message: Json) -> Any:
        if message["method"] == "workspace/configuration":
            return [self.settings for _ in message["params"]["items"]]
        answer = self.answers.get(message["method"])
        return answer(message["params"]) if callable(answer) else answer

    # Conversation.

    def notify(self, method: str, params: Any = None) -> None:
        self.send({"jsonrpc": "2.0", "method": method, "params": params})

    def ask(self, method: str, params: Any = None) -> int:
        """Send a request; its id."""
        msg_id = next(self._ids)
        self._answers[msg_id] = queue.Queue()
        answers = self._answers[msg_id]
        self.send({"jsonrpc": "2.0", "id": msg_id, "method": method, "params": params})
        self._pending[msg_id] = answers
        return msg_id

    def answer_to(self, msg_id: int, timeout: float = TIMEOUT) -> Any:
        """The result of a request that was sent with `ask`; raises `RefusedError`."""
        try:
            message = self._pending.pop(msg_id).get(timeout=timeout)
        except queue.Empty:
            raise TimeoutError(f"no answer; the server is at: {self._stacks()}") from None
        if "error" in message:
            raise RefusedError(message["error"])
        return message["result"]

    def _stacks(self) -> str:
        """Where all threads of the server are; it ends with this."""
        self.process.send_signal(signal.SIGABRT)
        self.wait()
        return self.stderr.decode()

    def request(self, method: str, params: Any = None, timeout: float = TIMEOUT) -> Any:
        return self.answer_to(self.ask(method, params), timeout)

    def wait_for(
        self,
        method: str,
        matching: Callable[[Any], bool] = lambda _: True,
        timeout: float = TIMEOUT,
    ) -> Any:
        """The params of a notification or request of the server's, waiting until there is one."""
        deadline = time.monotonic() + timeout
        with self._heard:
            while True:
                for message in [*self.notifications, *self.requests]:
                    if message["method"] == method and matching(message.get("params")):
                        return message.get("params")
                if not self._heard.wait(deadline - time.monotonic()):
                    raise TimeoutError(f"no {method}; stderr: {self.stderr.decode()}")

    @property
    def messages(self) -> list[str]:
        """What the server showed to the writer."""
        return [
            message["params"]["message"]
            for message in [*self.notifications, *self.requests]
            if message["method"] in ("window/showMessage", "window/showMessageRequest")
        ]

    def initialize(
        self,
        *folders: Path,
        capabilities: Json | None = None,
        options: Any = None,
        process_id: int | None = None,
        name: str | None = None,
    ) -> Json:
        result: Json = self.request(
            "initialize",
            {
                "processId": process_id,
                **({"clientInfo": {"name": name}} if name else {}),
                "rootUri": folders[0].as_uri() if folders else None,
                "workspaceFolders": [
                    {"uri": folder.as_uri(), "name": folder.name} for folder in folders
                ]
                or None,
                "capabilities": CAPABILITIES if capabilities is None else capabilities,
                "initializationOptions": options,
            },
        )
        self.notify("initialized", {})
        return result

    def status(self) -> Json:
        result: Json = self.execute("midword.status")
        return result

    def execute(self, command: str, *arguments: Any) -> Any:
        return self.request(
            "workspace/executeCommand", {"command": command, "arguments": list(arguments)}
        )

    def until_ready(self, state: str = "ready") -> None:
        """Wait until the model is loaded, or known to be out of reach."""
        deadline = time.monotonic() + TIMEOUT
        while (status := self.status())["state"] != state:
            assert time.monotonic() < deadline, f"not {state}: {status}, {self.messages}"
            time.sleep(0.02)

    @staticmethod
    def until(condition: Callable[[], bool], timeout: float = TIMEOUT) -> None:
        deadline = time.monotonic() + timeout
        while not condition():
            assert time.monotonic() < deadline, "it did not happen"
            time.sleep(0.02)

    # Documents.

    def open(self, text: str, uri: str = "file:///text.md", language: str = "markdown") -> str:
        self._versions[uri] = 1
        self.notify(
            "textDocument/didOpen",
            {"textDocument": {"uri": uri, "languageId": language, "version": 1, "text": text}},
        )
        return uri

    def edit(self, uri: str, *changes: Json) -> None:
        self._versions[uri] = self._versions.get(uri, 0) + 1
        self.notify(
            "textDocument/didChange",
            {
                "textDocument": {"uri": uri, "version": self._versions[uri]},
                "contentChanges": list(changes),
            },
        )

    def type(self, uri: str, line: int, character: int, text: str) -> None:
        self.edit(uri, insertion(line, character, text))

    def close(self, uri: str) -> None:
        self.notify("textDocument/didClose", {"textDocument": {"uri": uri}})

    def complete(self, uri: str, line: int, character: int, kind: int | None = 1) -> Any:
        return self.request("textDocument/completion", completion_at(uri, line, character, kind))

    def words(self, uri: str, line: int, character: int, kind: int | None = 1) -> list[str]:
        """The labels of the list at a position; [] where the server has none."""
        answer = self.complete(uri, line, character, kind)
        return [item["label"] for item in answer["items"]] if answer else []

    # The end.

    def shut_down(self) -> int:
        """Leave as the specification says; the server's exit code."""
        self.request("shutdown")
        self.notify("exit")
        return self.wait()

    def wait(self, timeout: float = TIMEOUT) -> int:
        code = self.process.wait(timeout)
        for reader in self._readers:
            reader.join(timeout)
        return code

    def kill(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            assert stream is not None
            with contextlib.suppress(OSError):  # what was not sent yet
                stream.close()


def at(uri: str, line: int, character: int) -> Json:
    return {"textDocument": {"uri": uri}, "position": {"line": line, "character": character}}


def completion_at(uri: str, line: int, character: int, kind: int | None = 1) -> Json:
    context = {} if kind is None else {"context": {"triggerKind": kind}}
    return {**at(uri, line, character), **context}


def insertion(line: int, character: int, text: str) -> Json:
    position = {"line": line, "character": character}
    return {"range": {"start": position, "end": position}, "text": text}
