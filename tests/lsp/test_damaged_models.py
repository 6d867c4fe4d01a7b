"""Damaged and hostile models: the server says so, stays, and suggests from what else it knows."""

from __future__ import annotations

import shutil
from pathlib import Path

import psutil
import pytest
from client import Client

import hostile_models
from conftest import Start

# All of them go through the same code: see tests/unit/model/test_damage.py.
SAMPLE = [
    "weights are nested deeply",
    "weights' shape is wrong",
    "weights in int8",
    "weights are no numbers",
    "a mask of 10^9",
    "a body elsewhere",
    "a manifest that is a pipe",
    "a tokenizer nested deeply",
    "a tokenizer that panics",
    "a tokenizer that asks for 8 GB",
    "a body that gives no numbers",
    "a body that gives another shape",
    "a lexicon that is a bomb",
    "phrases of words beyond",
]


@pytest.mark.parametrize("damage", SAMPLE)
def test_a_damaged_model(start: Start, tmp_path: Path, tiny_model: Path, damage: str) -> None:
    folder = Path(shutil.copytree(tiny_model, tmp_path / "model"))
    hostile_models.DAMAGES[damage](folder)
    client = start("--stdio", "--model", str(folder))
    client.initialize()
    client.until_ready("degraded")
    told = client.wait_for("window/showMessage")["message"]
    assert str(folder) in told
    assert client.status()["message"] in told
    uri = client.open("the zyxgarden is red and the zyx")
    client.until(lambda: "zyxgarden" in client.words(uri, 0, 32))
    assert len(client.messages) == 1
    assert client.shut_down() == 0
    assert b"Traceback" not in client.stderr


def test_a_model_that_never_loads_holds_up_nothing(start: Start, slow_model: Path) -> None:
    client = start("--stdio", "--model", str(slow_model))
    client.initialize()
    client.until(lambda: bool(trials(client)))
    uri = client.open("the zyxgarden is red and the zyx")
    client.until(lambda: "zyxgarden" in client.words(uri, 0, 32))
    assert client.status()["state"] == "loading"


@pytest.mark.parametrize("end", ["kill", "shut_down"])
def test_a_trial_ends_with_its_server(start: Start, slow_model: Path, end: str) -> None:
    client = start("--stdio", "--model", str(slow_model))
    client.initialize()
    client.until(lambda: bool(trials(client)))
    (trial,) = trials(client)
    getattr(client, end)()
    client.until(lambda: not trial.is_running() or trial.status() == psutil.STATUS_ZOMBIE)


def trials(client: Client) -> list[psutil.Process]:
    """The processes in which a server tries a model."""
    children = psutil.Process(client.process.pid).children(recursive=True)
    return [child for child in children if "midword.model.trial" in " ".join(child.cmdline())]
