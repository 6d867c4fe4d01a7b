"""Inference servers with tiny models; where Triton is missing the tests skip, in CI they fail."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from boxes import CACHE, PYTHON, Box
from client import Client

from midword.model.loading import load
from midword.model.masked_lm import MaskedLM

IN_CI = bool(os.environ.get("CI"))
FAMILIES = {"midword": "bert", "roberta": "roberta"}  # name at the server -> what it is


@pytest.fixture(scope="session")
def triton() -> Path:
    """The Python of an environment with Triton."""
    if not IN_CI and not PYTHON.exists():
        pytest.skip(f"{CACHE} is missing: run tests/inference/prepare.sh (400 MB, half a minute)")
    subprocess.run([Path(__file__).with_name("prepare.sh")], check=True)
    return PYTHON


@pytest.fixture(scope="session")
def repository(
    triton: Path, build_model: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A model repository with tiny models, as `midword models export` writes it."""
    repository = tmp_path_factory.mktemp("served") / "models"
    for name, family in FAMILIES.items():
        command = ["models", "export", str(build_model(family)), "--triton", str(repository)]
        subprocess.run(
            [sys.executable, "-m", "midword", *command, "--as", name, "--words", "40"], check=True
        )
        # A machine that runs tests may be slow.
        path = repository / name / "config.pbtxt"
        config = path.read_text()
        path.write_text(config.replace("microseconds: 300000", "microseconds: 30000000"))
        assert path.read_text() != config
    return repository


@pytest.fixture
def start_box(repository: Path, tmp_path: Path) -> Iterator[Callable[..., Box]]:
    """Start servers of one's own, with arguments of `midword inference`."""
    boxes: list[Box] = []

    def begin(*arguments: str) -> Box:
        boxes.append(Box(repository, tmp_path, *arguments))
        return boxes[-1]

    yield begin
    for box in boxes:
        box.end()


@pytest.fixture(scope="session")
def box(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    """A server that nobody harms, shared."""
    box = Box(repository, tmp_path_factory.mktemp("box"))
    yield box
    box.end()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder of whoever asks, empty."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    folder = tmp_path / "data" / "midword"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def remote(
    build_model: Callable[[str], Path], home: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., MaskedLM]:
    """A model that is asked at an endpoint: `remote(box.endpoint)`.

    With more patience than a writer has: a machine that runs tests may be slow.
    """

    def ask_at(endpoint: str, family: str = "bert", patience: float = 10.0) -> MaskedLM:
        monkeypatch.setattr("midword.model.box.PATIENCE", patience)
        return load(build_model(family), runtime="remote", endpoint=endpoint)

    return ask_at


@pytest.fixture
def window(build_model: Callable[[str], Path], tmp_path: Path) -> Iterator[Callable[[str], Client]]:
    """A language server whose writer has chosen an endpoint."""
    clients: list[Client] = []

    def begin(endpoint: str, *arguments: str) -> Client:
        names = ("DATA", "CONFIG", "STATE", "CACHE")
        client = Client(
            ("--stdio", "--model", str(build_model("bert")), *arguments),
            environment={f"XDG_{name}_HOME": str(tmp_path / "writer" / name) for name in names},
            settings={"runtime": "remote", "endpoint": endpoint, "confidence": 0},
        )
        clients.append(client)
        client.initialize()
        client.until_ready()
        return client

    yield begin
    for client in clients:
        client.kill()
