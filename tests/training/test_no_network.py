"""Training opens no network either, and writes where it was told to."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tracing import Trace, outside, trace  # noqa: F401 - a fixture


@pytest.mark.timeout(300)
def test_finetuning_opens_no_network(
    trace: Trace,  # noqa: F811
    docs: Path,
    tiny_model: Path,
    tmp_path: Path,
) -> None:
    home, temporary = tmp_path / "home", tmp_path / "temporary"
    temporary.mkdir()
    arguments = [str(docs), "-o", str(tmp_path / "out" / "team"), "--model", str(tiny_model)]
    process = subprocess.run(
        [*trace.before, sys.executable, "-m", "midword", "finetune", *arguments, "--epochs", "1"],
        env={
            **{name: value for name, value in os.environ.items() if not _is_place(name)},
            "HOME": str(home),
            "TMPDIR": str(temporary),
            "PYTHONDONTWRITEBYTECODE": "1",
            "HF_HUB_DISABLE_TELEMETRY": "0",
            "ORT_DISABLE_TELEMETRY": "0",
        },
        capture_output=True,
        timeout=280,
        check=False,
    )
    assert process.returncode == 0, process.stderr.decode()
    assert (tmp_path / "out" / "team" / "model.safetensors").is_file()
    assert trace.connections() == []
    own = home / ".cache" / "midword"
    changed = trace.changed() - {home, own.parent}
    assert outside(changed, tmp_path / "out", own, temporary) == []


def test_a_mistyped_source_is_no_reason_to_ask_a_hub(
    trace: Trace,  # noqa: F811
    tmp_path: Path,
) -> None:
    process = subprocess.run(
        [*trace.before, sys.executable, "-m", "midword", "finetune", "owner/docs", "-o", "team"],
        env={**os.environ, "HOME": str(tmp_path / "home"), "PYTHONDONTWRITEBYTECODE": "1"},
        cwd=tmp_path,
        capture_output=True,
        timeout=110,
        check=False,
    )
    assert process.returncode == 2
    assert b"owner/docs does not exist; a hub's data set is named hub:OWNER/NAME" in process.stderr
    assert trace.connections() == []


def _is_place(name: str) -> bool:
    """Whether a variable says where files go; torch sets such a one for its own children."""
    return name.startswith("XDG_") or name in ("TORCHINDUCTOR_CACHE_DIR", "MPLCONFIGDIR")
