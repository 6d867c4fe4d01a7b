import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from transformers import AutoModelForMaskedLM, AutoTokenizer

from midword_training.masked.masking import IGNORED, Batch, Row, collate
from midword_training.pretraining import run as pretrain
from midword_training.pretraining.alone import alone_in
from midword_training.pretraining.run import Run
from midword_training.pretraining.schedule import Course, learning_rate


def steps(run: Run, count: int) -> list[float]:
    """The losses of some steps."""
    batches = run.stream()
    return [float(run.step(batches)) for _ in range(count)]


def test_a_run_trains_cools_down_and_leaves_a_model(
    recipe: dict[str, Any], start: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    run = Run(recipe, start, out, "cpu")
    assert AutoTokenizer.from_pretrained(out / "snapshot").tokenize("Can't") == ["can't"]
    run.train(cooldown_tokens=60 * 8 * 32)
    model = AutoModelForMaskedLM.from_pretrained(out / "final")
    tokenizer = AutoTokenizer.from_pretrained(out / "final")
    assert model.dtype == torch.float16
    assert "kubelet" in tokenizer.get_vocab()
    metrics = json.loads((out / "final" / "metrics.json").read_text())
    assert metrics["tokens"] == 60 * 8 * 32
    first, last = metrics["curve"][0], metrics["curve"][-1]
    assert last["append"]["loss"] < first["append"]["loss"]
    assert last["edit"]["loss"] < first["edit"]["loss"]
    assert {"append chat", "append docs", "edit chat", "edit docs"} <= last.keys()


def test_a_resumed_run_goes_on_as_if_it_had_never_stopped(
    recipe: dict[str, Any], start: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    whole = Run(recipe, start, out, "cpu")
    steps(whole, 30)
    whole.replicas.save(out / "ckpt", whole.progress, [{"step": 30}])
    expected = steps(whole, 20)  # over the end of the first pass
    assert whole.progress.epoch > 0
    resumed = Run(recipe, start, out, "cpu")
    assert resumed.progress.step == 30
    assert steps(resumed, 20) == expected


def test_threads_that_share_a_batch_find_the_same_gradients(
    recipe: dict[str, Any], start: Path, tmp_path: Path
) -> None:
    alone = Run(recipe, start, tmp_path / "alone", "cpu")
    shared = Run(recipe, start, tmp_path / "shared", "cpu", threads=3)
    assert steps(shared, 3) == pytest.approx(steps(alone, 3), rel=0.01)  # bfloat16's rounding
    others = shared.replicas.masters.by_name(shared.replicas.model)
    for name, master in alone.replicas.masters.by_name(alone.replicas.model).items():
        other = others[name]
        assert master.grad is not None
        assert other.grad is not None
        assert (other.grad - master.grad).norm() < 0.1 * master.grad.norm() + 1e-4, name


def write_recipe(recipe: dict[str, Any], path: Path) -> Path:
    """The recipe as TOML."""

    def value(said: Any) -> str:
        if isinstance(said, dict):
            return "{" + ", ".join(f"{name} = {value(each)}" for name, each in said.items()) + "}"
        return json.dumps(said)

    lines = [f"{name} = {value(said)}" for name, said in recipe.items()]
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.timeout(300)
def test_two_processes_that_share_batches_learn_what_one_does(
    recipe: dict[str, Any], start: Path, tmp_path: Path
) -> None:
    def trained(name: str, *launch: str) -> tuple[dict[str, torch.Tensor], list[dict[str, Any]]]:
        command = [sys.executable, "-m", *launch, "midword_training.pretraining"]
        command += [str(write_recipe(recipe, tmp_path / "recipe.toml")), "--device", "cpu"]
        command += ["--start", str(start), "--out", str(tmp_path / name)]
        command += ["--cooldown-tokens", str(12 * 8 * 32)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=280, check=False)
        assert done.returncode == 0, done.stderr[:6000]
        state = torch.load(tmp_path / name / "ckpt" / "a.pt", weights_only=True)
        metrics = json.loads((tmp_path / name / "final" / "metrics.json").read_text())
        return state["masters"], metrics["curve"]

    several = ["torch.distributed.run", "--nproc_per_node", "2", "--rdzv-backend", "c10d"]
    two, measured = trained("two", *several, "--rdzv-endpoint", "localhost:0", "-m", "--")
    one, expected = trained("one")
    before = Run(recipe, start, tmp_path / "before", "cpu").replicas
    began = before.masters.by_name(before.model)
    moved, apart = (
        torch.cat([(one[name] - other[name]).flatten() for name in one]).norm()
        for other in (began, two)
    )
    assert apart < 0.2 * moved, apart / moved  # bfloat16's rounding
    assert measured[0] == expected[0]  # the same gaps, asked in two halves
    for mode in ("append", "edit"):
        assert measured[-1][mode]["loss"] == pytest.approx(expected[-1][mode]["loss"], abs=0.02)
        assert measured[-1][mode]["loss"] < measured[0][mode]["loss"]
    lines = (tmp_path / "two" / "log.jsonl").read_text().splitlines()
    assert [json.loads(line)["step"] for line in lines] == [0, 12]  # written by one of them
    assert Run(recipe, start, tmp_path / "two", "cpu").progress.step == 12  # one goes on


def test_a_batch_is_parted_evenly() -> None:
    rows = [Row([1, 2], [0, 1], [0, 0], [0, 0], [0, 0], [IGNORED, 2]) for _ in range(8)]
    batch = collate(rows, 2, 0)
    assert [len(part.ids) for part in batch.split(5)] == [2, 2, 2, 1, 1]
    assert len(batch.split(20)) == 8


def test_the_newest_of_two_checkpoints_counts(
    recipe: dict[str, Any], start: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    run = Run(recipe, start, out, "cpu")
    for _ in range(3):
        steps(run, 1)
        run.replicas.save(out / "ckpt", run.progress, [{}])
    assert len(list((out / "ckpt").iterdir())) == 2
    assert Run(recipe, start, out, "cpu").progress.step == 3


def test_a_run_of_so_many_minutes_cools_down_in_time(
    recipe: dict[str, Any], start: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pretrain, "_LOG_SECONDS", 0.2)
    run = Run(recipe, start, tmp_path / "out", "cpu", workers=1)
    run.train(minutes=0.1)
    assert run.progress.cooled()
    assert 0 < run.progress.cooldown_from < run.progress.tokens
    assert (tmp_path / "out" / "final").exists()


def test_others_work_at_one_moment_does_not_end_it_early(
    recipe: dict[str, Any], start: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a cooldown reads is reckoned by the whole run's speed, not by the last moment's."""
    now = 0.0
    clock = SimpleNamespace(**{**vars(time), "monotonic": lambda: now})
    monkeypatch.setattr(pretrain, "time", clock)
    run = Run(recipe, start, tmp_path / "out", "cpu", workers=1)
    step = run.step

    def timed(batches: Iterator[Batch]) -> torch.Tensor:
        nonlocal now
        now += 10 if 28 <= run.progress.step < 34 else 1
        return step(batches)

    monkeypatch.setattr(run, "step", timed)
    run.train(minutes=2)
    assert run.progress.cooled()
    assert 100 < now <= 120


def test_a_cooldown_asks_less(recipe: dict[str, Any], start: Path, tmp_path: Path) -> None:
    run = Run(recipe, start, tmp_path / "out", "cpu")
    peak, cooling = (
        sum(int((batches[0, first].labels != IGNORED).sum()) for first in range(0, 40, 8))
        for batches in (run.batches, run.cooling)
    )
    assert 0 < cooling < peak


def test_a_stopped_run_saves(recipe: dict[str, Any], start: Path, tmp_path: Path) -> None:
    run = Run(recipe, start, tmp_path / "out", "cpu")
    run.stopping = True
    run.train()
    assert (tmp_path / "out" / "ckpt" / "a.pt").exists()
    assert not (tmp_path / "out" / "final").exists()


def test_a_run_that_is_told_to_stop_does_not_measure_on(
    recipe: dict[str, Any], start: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A measurement may take minutes; half of one is no point of the curve."""
    run = Run(recipe, start, tmp_path / "out", "cpu")
    measured, measure = [], run.replicas.measure

    def told_while_measuring(*asked: Any) -> dict[str, float]:
        measured.append(asked)
        run.stopping = len(measured) == 2
        return measure(*asked)

    monkeypatch.setattr(run.replicas, "measure", told_while_measuring)
    run.train()
    assert len(run.gaps) > len(measured) == 2
    assert run.curve == []
    assert (tmp_path / "out" / "ckpt" / "a.pt").exists()


@pytest.mark.parametrize("program", ["pretraining", "pretraining.teaching"])
def test_a_second_run_in_the_same_folder_is_refused(
    program: str, start: Path, tmp_path: Path
) -> None:
    recipe = Path(__file__).parents[2] / "training" / "recipes" / "continued.toml"
    out = tmp_path / "out"
    command = [sys.executable, "-m", f"midword_training.{program}", recipe]
    command += ["--start", start, "--out", out]
    command += ["--teacher", start] if program.endswith("teaching") else []
    with alone_in(out):
        second = subprocess.run(command, capture_output=True, text=True, check=False)
    assert second.returncode == 1
    assert "another run is at work in it" in second.stderr
    assert "Traceback" not in second.stderr
    assert list(out.iterdir()) == []


def test_the_rate_warms_up_stays_and_cools_down() -> None:
    assert learning_rate(Course(step=0), 10) == pytest.approx(0.1)
    assert learning_rate(Course(step=500, tokens=10**9), 10) == 1.0
    cooling = Course(step=500, tokens=125, cooldown_from=100, cooldown_tokens=100)
    assert learning_rate(cooling, 10) == pytest.approx(0.5)
    assert not cooling.cooled()
    cooling.tokens = 200
    assert learning_rate(cooling, 10) == 0.0
    assert cooling.cooled()
