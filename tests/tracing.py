"""What a program asks of the system, by strace: connections that it tries, files that it changes.

A network that isn't there would hide an attempt; strace shows it.
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest

_CALLS = (
    "network,openat,open,creat,mkdir,mkdirat,rename,renameat,renameat2,"
    "unlink,unlinkat,link,linkat,symlink,symlinkat,truncate"
)
_CHANGES = re.compile(r"O_WRONLY|O_RDWR|O_CREAT|O_TRUNC")
_READS = re.compile(r"^\S*\s*open(at)?\(")


class Trace:
    """A program under strace; start it with `before` its own words."""

    def __init__(self, log: Path) -> None:
        self.log = log

    @property
    def before(self) -> list[str]:
        """The words to put before the program's own."""
        options = ["-f", "--seccomp-bpf", "-qq", "-s", "4096", "-e", f"trace={_CALLS}"]
        return ["strace", *options, "-o", str(self.log), "--"]

    def connections(self) -> list[str]:
        """The calls that concern the network, whether it was there or not."""
        return [line for line in self._calls() if "AF_INET" in line]

    def changed(self) -> set[Path]:
        """Files and folders that it opened for writing, made, renamed or removed."""
        found = set()
        for line in self._calls():
            if _READS.search(line) and not _CHANGES.search(line):
                continue
            if re.search(r"\b(open|creat|mkdir|rename|unlink|link|symlink|truncate)\w*\(", line):
                found |= {Path(name) for name in re.findall(r'"([^"]*)"', line)}
        return found

    def _calls(self) -> list[str]:
        return self.log.read_text("utf-8", "replace").splitlines()


def outside(paths: set[Path], *own: Path) -> list[str]:
    """Those of some paths that lie in none of a program's own folders, nor are a terminal's."""
    devices = (Path("/dev/null"), Path("/dev/tty"), Path("/dev/shm"), Path("/proc/self"))
    return sorted(
        str(path)
        for path in paths
        if path.is_absolute() and not any(path.is_relative_to(f) for f in (*own, *devices))
    )


@pytest.fixture
def trace(tmp_path: Path) -> Trace:
    """A trace to start one program in."""
    if shutil.which("strace") is None:
        if os.environ.get("CI"):
            pytest.fail("strace is missing; .ci/packages.txt brings it")
        pytest.skip("strace is not installed")
    return Trace(tmp_path / "strace.log")
