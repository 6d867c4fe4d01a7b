"""Servers to talk to: real processes with a tiny real model, at home in an empty folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from client import Client

import hostile_models

Start = Callable[..., Client]


def environment(home: Path) -> dict[str, str]:
    """Variables that keep a server away from the tester's own files."""
    return {
        "HOME": str(home),
        "XDG_DATA_HOME": str(home / "data"),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_STATE_HOME": str(home / "state"),
        "XDG_CACHE_HOME": str(home / "cache"),
        "XDG_RUNTIME_DIR": str(home / "run"),
    }


@pytest.fixture(scope="session")
def make_home(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Path]:
    """Make a home in which the tiny model is known to load: trying it costs each start 0.2 s."""
    base = tmp_path_factory.mktemp("knows-the-tiny-model")
    subprocess.run(
        [sys.executable, "-m", "midword", "suggest", "--model", str(tiny_model), "the "],
        env={**os.environ, **environment(base)},
        check=True,
        capture_output=True,
    )

    def make(home: Path) -> Path:
        shutil.copytree(base, home, dirs_exist_ok=True)
        return home

    return make


@pytest.fixture
def home(make_home: Callable[[Path], Path], tmp_path: Path) -> Path:
    """The home of the servers that `start` starts."""
    return make_home(tmp_path / "home")


@pytest.fixture
def start(tiny_model: Path, home: Path) -> Iterator[Start]:
    """Start servers: `start()`, or with the arguments of `Client`."""
    clients: list[Client] = []

    def begin(*arguments: str, **options: Any) -> Client:
        if not arguments:
            arguments = ("--stdio", "--model", str(tiny_model))
        client = Client(arguments, environment=environment(home), **options)
        clients.append(client)
        return client

    yield begin
    for client in clients:
        client.kill()


@pytest.fixture(scope="module")
def client(
    tiny_model: Path,
    make_home: Callable[[Path], Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Client]:
    """A server whose model is loaded, shared by a module's tests: use documents of your own."""
    home = make_home(tmp_path_factory.mktemp("home"))
    client = Client(("--stdio", "--model", str(tiny_model)), environment=environment(home))
    client.initialize()
    client.until_ready()
    yield client
    client.kill()


@pytest.fixture
def slow_model(tmp_path: Path, tiny_model: Path) -> Path:
    """A model that takes a minute to load, until its trial is ended: its body counts to 2^62."""
    folder = Path(shutil.copytree(tiny_model, tmp_path / "slow-model"))
    hostile_models.runs_for_ever(folder)
    return folder
