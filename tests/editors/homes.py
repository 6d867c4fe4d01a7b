"""The homes of writers: a folder, and the daemon that all windows of its programs share."""

import contextlib
import json
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil


class Home:
    """A writer whose files are in `folder`, and who has the PATH `search`."""

    def __init__(self, folder: Path, search: str, runtime: str) -> None:
        self.folder = folder
        self.environment = {
            **os.environ,
            "HOME": str(folder),
            "PATH": search,
            "XDG_RUNTIME_DIR": runtime,
        }
        for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
            self.environment[name] = str(folder / name.lower())

    def say(self, *arguments: str) -> str:
        """What `midword ARGUMENTS` prints, as typed in a terminal."""
        done = self._run(*arguments)
        assert done.stderr == ""
        return done.stdout

    def report(self) -> dict[str, Any]:
        """What `midword status` says of the daemon; {} while it comes or goes."""
        report: dict[str, Any] = json.loads(self._run("status", "--json").stdout or "{}")
        return report

    def windows(self) -> list[dict[str, Any]]:
        """The windows that the daemon knows."""
        return list(self.report().get("windows", []))

    def daemons(self) -> list[psutil.Process]:
        """The processes that are this home's daemon."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):  # it has just ended
                here = process.environ().get("HOME") == str(self.folder)
                if here and "daemon" in process.cmdline():
                    found.append(process)
        return found

    def _run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = ["env", "midword", *arguments]  # by the PATH of the home, not by ours
        return subprocess.run(
            command, env=self.environment, capture_output=True, text=True, check=False, timeout=60
        )

    def end(self) -> None:
        """End the daemon, which stays for a while after the last window."""
        for process in self.daemons():
            process.terminate()
            process.wait(30)


@contextlib.contextmanager
def home(folder: Path, search: str) -> Iterator[Home]:
    """A home, whose daemon ends with it."""
    # Sockets lie there, whose paths are at most 107 bytes long: `folder` is too deep for some.
    with tempfile.TemporaryDirectory(prefix="midword-", ignore_cleanup_errors=True) as runtime:
        home = Home(folder, search, runtime)
        try:
            yield home
        finally:
            home.end()
