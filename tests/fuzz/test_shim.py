"""Any bytes through `midword connect`: it ends with its client, and the daemon serves on."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from test_door import INITIALIZE
from transport import streams

QUICK = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture]


@pytest.fixture(scope="module")
def variables(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A home with a daemon."""
    home = str(tmp_path_factory.mktemp("home"))
    folders = ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR")
    variables = {**os.environ, **dict.fromkeys(folders, home)}
    yield variables
    midword("stop", variables=variables)


def midword(
    *arguments: str, variables: dict[str, str], said: bytes = b""
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "midword", *arguments],
        input=said,
        env=variables,
        capture_output=True,
        timeout=60,
        check=False,
    )


@pytest.mark.timeout(300)
@settings(max_examples=100, deadline=None, suppress_health_check=QUICK)
@given(stream=streams())
def test_any_bytes(tiny_model: Path, variables: dict[str, str], stream: list[bytes]) -> None:
    said = INITIALIZE + b"".join(stream)
    done = midword("connect", "--model", str(tiny_model), variables=variables, said=said)
    assert done.stderr == b""
    assert done.returncode in (0, 1)
    assert b'"serverInfo"' in done.stdout
    assert b"midword/goodbye" not in done.stdout


def test_the_daemon_serves_on(variables: dict[str, str]) -> None:
    status = midword("status", variables=variables)
    assert status.returncode == 0
    assert b"no window" in status.stdout
