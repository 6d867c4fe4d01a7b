"""A device that isn't there: the processor reads, and the writer is told so once."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from conftest import Start

pytestmark = pytest.mark.skipif(sys.platform == "darwin", reason="a Mac has the device")


def test_a_device_that_is_not_there(start: Start) -> None:
    client = start(settings={"device": "mps"})
    client.initialize()
    client.until_ready()
    told = client.wait_for("window/showMessage")["message"]
    assert "no device 'mps'" in told
    assert "the processor reads instead" in told
    uri = client.open("the committee will meet on tuesday to ")
    assert client.words(uri, 0, 38)[0] == "discuss"
    status = client.status()
    assert (status["state"], status["device"]) == ("ready", "cpu")
    assert status["message"] in told
    client.execute("midword.reload")
    client.until_ready()
    assert client.words(uri, 0, 38)[0] == "discuss"
    assert len(client.messages) == 1
    assert client.shut_down() == 0
    assert b"Traceback" not in client.stderr


def test_a_card_without_torch(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['torch'] = None\n")
    path = os.pathsep.join(filter(None, [str(tmp_path), os.environ.get("PYTHONPATH")]))
    monkeypatch.setenv("PYTHONPATH", path)
    client = start(settings={"device": "cuda"})
    client.initialize()
    client.until_ready()
    told = client.wait_for("window/showMessage")["message"]
    assert "pip install 'midword[gpu]'" in told
    uri = client.open("the committee will meet on tuesday to ")
    assert client.words(uri, 0, 38)[0] == "discuss"
    assert client.status()["runtime"] == "onnx-int8"
    assert client.shut_down() == 0
