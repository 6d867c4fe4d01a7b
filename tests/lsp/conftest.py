"""Servers to talk to: real processes with a tiny real model, at home in an empty folder."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from client import Client

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


@pytest.fixture
def start(tiny_model: Path, tmp_path: Path) -> Iterator[Start]:
    """Start servers: `start()`, or with the arguments of `Client`."""
    clients: list[Client] = []
    home = tmp_path / "home"
    home.mkdir()

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
def client(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A server whose model is loaded, shared by a module's tests: use documents of your own."""
    home = tmp_path_factory.mktemp("home")
    client = Client(("--stdio", "--model", str(tiny_model)), environment=environment(home))
    client.initialize()
    client.until_ready()
    yield client
    client.kill()


@pytest.fixture
def slow_model(tmp_path: Path) -> Iterator[Path]:
    """A model folder whose first file takes for ever to read: a pipe that nobody writes to."""
    folder = tmp_path / "slow-model"
    folder.mkdir()
    os.mkfifo(folder / "tokenizer.json")
    # Opened for both ends, so that neither end waits for the other.
    end = os.open(folder / "tokenizer.json", os.O_RDWR | os.O_NONBLOCK)
    yield folder
    os.close(end)
