"""Daemons to connect to: one for each home, started by the first `midword connect` in it."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from client import TIMEOUT, Client

from conftest import environment


class Home:
    """A home, the daemon that serves it, and the clients that go through it."""

    def __init__(self, folder: Path, model: Path) -> None:
        self.environment = environment(folder)
        self.folder = folder
        self.model = model
        self.clients: list[Client] = []
        self.processes: list[subprocess.Popen[str]] = []

    def connect(self, *arguments: str, **options: Any) -> Client:
        """A window: `midword connect --model ...`, or with these arguments."""
        client = Client(
            arguments or ("--model", str(self.model)),
            command="connect",
            **{"environment": self.environment, **options},
        )
        self.clients.append(client)
        return client

    def window(self, **options: Any) -> Client:
        """One whose model is loaded."""
        client = self.connect(**options)
        client.initialize()
        client.until_ready()
        return client

    def say(self, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
        """`midword ARGUMENTS` in this home."""
        return subprocess.run(
            [sys.executable, "-m", "midword", *arguments],
            env={**os.environ, **self.environment, **options.pop("variables", {})},
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
            check=False,
            **options,
        )

    def foreground(self, *arguments: str) -> subprocess.Popen[str]:
        """`midword daemon ARGUMENTS`, once it listens."""
        process = subprocess.Popen(
            [sys.executable, "-m", "midword", "daemon", *arguments],
            env={**os.environ, **self.environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.processes.append(process)
        Client.until(lambda: self.status()["running"] or process.poll() is not None)
        return process

    def status(self) -> dict[str, Any]:
        report: dict[str, Any] = json.loads(self.say("status", "--json").stdout)
        return report

    @property
    def pid(self) -> int:
        return int(self.status()["pid"])

    @property
    def socket(self) -> Path:
        """Where the daemon listens, running or not."""
        return Path(self.say("status", "--socket").stdout.rstrip("\n"))

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the lock of those who start a daemon."""
        with self.socket.with_suffix(".start").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def daemons(self) -> list[int]:
        """The processes that are this home's daemon."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                command = (process / "cmdline").read_bytes().split(b"\0")
                variables = (process / "environ").read_bytes().split(b"\0")
            except OSError:
                continue
            if b"daemon" in command and f"HOME={self.folder}".encode() in variables:
                found.append(int(process.name))
        return found

    def end(self) -> None:
        """End all of it."""
        for client in self.clients:
            client.kill()
        self.say("stop")
        for process in self.processes:
            process.kill()
            process.wait()
            for stream in (process.stdout, process.stderr):
                assert stream is not None
                stream.close()
