"""A Windows to run Midword on: what `prepare.sh` made, with a user whose name has an umlaut."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path, PureWindowsPath
from typing import Any
from urllib.parse import quote

from client import Client

TIMEOUT = 100.0  # seconds; a first start under Wine takes up to 25


class Windows:
    """One user's session on it.

    Attributes:
        home: the user's local data, as this machine sees it.
        starts: how many servers were started; each takes seconds.
    """

    def __init__(self, cache: Path, home: Path) -> None:
        self.home = home
        self.starts = 0
        self._clients: list[Client] = []
        self._python = cache / "python" / "python.exe"
        self._prefix = cache / "prefix"
        home.mkdir(parents=True)
        # Wine starts what it is given; the Windows process is the one that this becomes.
        self.program = home / "python"
        self.program.write_text(f'#!/bin/sh\nexec wine "{self._python}" "$@"\n')
        self.program.chmod(0o700)
        # One process that stays: with the last one Wine's own services end, and those that the next
        # one starts keep its pipes open.
        self._keeper = self.start("import midword.lsp.server, midword.model.ort; print(); input()")

    def until_begun(self) -> None:
        """Wait until that one has started, which takes long the first time."""
        assert self._keeper.stdout is not None
        assert self._keeper.stdout.readline().strip() == b""

    @property
    def environment(self) -> dict[str, str]:
        return {
            "WINEPREFIX": str(self._prefix),
            "WINEDEBUG": "-all",
            "LC_ALL": "C.UTF-8",
            "WIN_PD_OVERRIDE_LOCAL_APPDATA": str(path(self.home)),
            # The tests' own are for this machine's Python.
            "PYTHONPATH": "",
            "PYTHONIOENCODING": "",
        }

    def python(
        self, *arguments: str, stdin: bytes = b"", cwd: Path | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        """Run Python with arguments, in pipes as an editor or a script would."""
        return subprocess.run(
            [self.program, *arguments],
            input=stdin,
            capture_output=True,
            env={**os.environ, **self.environment},
            cwd=cwd or self.home,
            timeout=TIMEOUT,
            check=False,
        )

    def midword(
        self, *arguments: str, stdin: bytes = b"", cwd: Path | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        """Run a command of Midword's."""
        return self.python("-m", "midword", *arguments, stdin=stdin, cwd=cwd)

    def start(self, code: str, *arguments: str) -> subprocess.Popen[bytes]:
        """Start a program without waiting for it."""
        return subprocess.Popen(
            [self.program, "-c", code, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # Python can't begin under Wine where this is a file
            env={**os.environ, **self.environment},
            cwd=self.home,
        )

    def serve(self, *arguments: str, command: str = "serve", **options: Any) -> Client:
        """Start a server and talk to it."""
        self.starts += 1
        client = Client(
            arguments,
            environment=self.environment,
            command=command,
            python=str(self.program),
            **options,
        )
        self._clients.append(client)
        return client

    def end(self) -> None:
        """End this Windows with all that still runs there."""
        subprocess.run(["wineserver", "-k"], env={**os.environ, **self.environment}, check=False)
        for client in self._clients:
            client.kill()
        self._keeper.communicate()


class Folder:
    """A folder as an editor on Windows names it."""

    def __init__(self, uri: str, name: str) -> None:
        self.name = name
        self._uri = uri

    def as_uri(self) -> str:
        return self._uri


def path(unix: Path) -> PureWindowsPath:
    """This machine's root is the drive Z:."""
    return PureWindowsPath("Z:" + str(unix).replace("/", "\\"))


def vscode_uri(unix: Path) -> str:
    """A file's URI as VS Code writes it: a small drive letter, and its colon escaped."""
    return f"file:///z%3A{quote(str(unix))}"


def lines(output: bytes) -> Sequence[str]:
    """What a program printed, in UTF-8, without onnxruntime's word about Wine's graphics."""
    told = output.decode("utf-8").splitlines()
    return [line for line in told if line != "Failed to create DXGI factory."]
