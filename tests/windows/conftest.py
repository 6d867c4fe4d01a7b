"""A Windows for the tests, made once; where Wine is missing they skip, in CI they fail."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from client import Client
from wine import Folder, Windows, vscode_uri

HERE = Path(__file__).parent
CACHE = Path(os.environ.get("MIDWORD_WINDOWS_CACHE", Path.home() / ".cache" / "midword-windows"))
IN_CI = bool(os.environ.get("CI"))

MOST_STARTS = 5  # of servers: each takes seconds, on a slow machine half a minute


@pytest.fixture(scope="session")
def windows(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Windows]:
    """A Windows with this checkout's Midword; what runs there ends with the tests."""
    missing = [name for name in ("wine", "x86_64-w64-mingw32-gcc", "unzip") if not _has(name)]
    if missing and not IN_CI:
        pytest.skip(f"{' and '.join(missing)} not installed: see .ci/packages.txt")
    if not IN_CI and not CACHE.exists():
        pytest.skip(f"{CACHE} is missing: run tests/windows/prepare.sh (1 GB, half a minute)")
    done = subprocess.run(
        [HERE / "prepare.sh", request.getfixturevalue("wheel")],
        env={
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "MIDWORD_WINDOWS_CACHE": str(CACHE),
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    home = tmp_path_factory.mktemp("home") / "Jörg Müller" / "AppData" / "Local"
    windows = Windows(CACHE.resolve(), home)
    try:
        windows.until_begun()
        yield windows
    finally:
        windows.end()
    assert windows.starts <= MOST_STARTS, "servers are shared here"


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A writer's folder: blanks, umlauts, an apostrophe, and CRLF in every file."""
    folder = tmp_path_factory.mktemp("desk") / "Zoë's Büro" / "Maß & Ziel"
    folder.mkdir(parents=True)
    (folder / "notes.md").write_bytes("The zyxgarten is open.\r\nA łódka comes.\r\n".encode())
    (folder / ".midword.toml").write_bytes(
        'project-dictionary = "Wörter\\\\liste.txt"\r\n'.encode()
    )
    return folder


@pytest.fixture(scope="session")
def client(windows: Windows, project: Path) -> Client:
    """A server in the project, as VS Code starts it; shared: use documents of your own."""
    client = windows.serve("--stdio")
    client.initialize(Folder(vscode_uri(project), project.name))
    client.until_ready()
    return client


def _has(program: str) -> bool:
    return shutil.which(program) is not None
