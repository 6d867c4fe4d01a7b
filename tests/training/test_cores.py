"""As many threads as cores are free, and never none."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from midword_training.finetuning import cores


def statistics(*idle_and_busy: tuple[int, int]) -> str:
    """`/proc/stat` of cores with so many idle and busy ticks."""
    lines = [
        f"cpu{n} {busy} 0 0 {idle} 0 0 0 0 0 0" for n, (idle, busy) in enumerate(idle_and_busy)
    ]
    return "\n".join(["cpu 1 2 3 4 5 6 7 8 9 10", *lines, "intr 1 2"])


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A machine of four cores, two of them this process's; its statistics change with time."""
    monkeypatch.setattr(cores, "_STATISTICS", tmp_path / "stat")
    monkeypatch.setattr(cores, "_QUOTA", tmp_path / "cpu.max")
    monkeypatch.setattr(cores, "_allowed", lambda: {1, 2})
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    (tmp_path / "stat").write_text(statistics((0, 0), (0, 0), (0, 0), (0, 0)))
    yield tmp_path


def then(machine: Path, monkeypatch: pytest.MonkeyPatch, *ticks: tuple[int, int]) -> None:
    """What the statistics say after the wait."""
    monkeypatch.setattr(
        cores.time, "sleep", lambda _: (machine / "stat").write_text(statistics(*ticks))
    )


def test_cores_of_others_and_busy_ones_do_not_count(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    then(machine, monkeypatch, (40, 0), (38, 2), (1, 39), (40, 0))
    assert cores.free_cores() == 1
    then(machine, monkeypatch, (40, 0), (78, 2), (38, 42), (40, 0))
    (machine / "stat").write_text(statistics((0, 0), (38, 2), (1, 39), (0, 0)))
    assert cores.free_cores() == 2
    then(machine, monkeypatch, (0, 40), (78, 42), (38, 82), (0, 40))
    assert cores.free_cores() == 1  # and never none


def test_a_control_group_allows_no_more(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    then(machine, monkeypatch, (40, 0), (40, 0), (40, 0), (40, 0))
    (machine / "cpu.max").write_text("100000 100000\n")
    assert cores.free_cores() == 1
    (machine / "stat").write_text(statistics((0, 0), (0, 0), (0, 0), (0, 0)))
    (machine / "cpu.max").write_text("max 100000\n")
    assert cores.free_cores() == 2


def test_elsewhere_the_load_tells(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (machine / "stat").unlink()
    monkeypatch.setattr(cores.os, "getloadavg", lambda: (0.9, 0.0, 0.0))
    assert cores.free_cores() == 1


def test_what_is_wanted_counts(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cores.threads_to_use(7) == 7
    monkeypatch.setattr(cores, "free_cores", lambda: 6)
    assert cores.threads_to_use(0) == 6
    assert cores.threads_to_use(0, processes=4) == 1
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert cores.threads_to_use(0) == 3
