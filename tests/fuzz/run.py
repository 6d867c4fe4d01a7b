"""Fuzzes conversations for as long as one likes: python tests/fuzz/run.py --runs 100000 --seed 1

Half of the runs are streams of bytes (`transport`), half are editing (`editing`), in batches, each
in a process and with a seed of its own. With --state FILE it goes on where it stopped; what failed
is in the file, with the command that shows it again. Exits with 1 if anything failed.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

BATCH = 500  # runs in one process
PATIENCE = 1800  # seconds for a batch; one that hangs in native code is ended then
KINDS = ("transport", "editing")


def main() -> int:
    options = parser().parse_args()
    if options.batch is not None:
        return run_batch(*options.batch, options.model)
    with tempfile.TemporaryDirectory() as folder:
        return run_all(options, Path(folder))


def run_all(options: argparse.Namespace, home: Path) -> int:
    """Run what is left of the batches, with a tiny model made for them."""
    import tiny_models
    from midword_training.exporting.export import export

    model = home / "model"
    tiny_models.build(model, "bert")
    export(model, int8=True, fp32=True, name="tiny-bert", length=32)

    state: dict[str, Any] = {"seed": options.seed, "done": 0, "seconds": 0.0, "failures": []}
    if options.state is not None and options.state.exists():
        state = json.loads(options.state.read_text())
        if state["seed"] != options.seed:
            sys.exit(f"{options.state} is of --seed {state['seed']}: take that, or another file")
    while state["done"] < options.runs:
        number = state["done"] // BATCH
        batch = [KINDS[number % 2], str(options.seed * 1_000_000 + number), str(BATCH)]
        command = [sys.executable, __file__, "--batch", *batch, "--model", str(model)]
        begun = time.monotonic()
        failure = outcome(command, home)
        state["seconds"] += time.monotonic() - begun
        state["done"] += BATCH
        if failure is not None:
            again = f"python tests/fuzz/run.py --batch {' '.join(batch)} --model MODEL"
            state["failures"].append({"again": again, "output": failure[-20_000:]})
        if options.state is not None:
            beside = options.state.with_suffix(".new")
            beside.write_text(json.dumps(state, indent=1))
            beside.replace(options.state)
        print(
            f"{state['done']} runs, {len(state['failures'])} batches failed, "
            f"{state['done'] / state['seconds'] * 60:.0f} runs a minute",
            flush=True,
        )
    for failure in state["failures"]:
        print(failure["again"], failure["output"], sep="\n")
    return 1 if state["failures"] else 0


def outcome(command: list[str], home: Path) -> str | None:
    """What a batch's process said, if it failed."""
    folders = ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME")
    environment = {**os.environ, **dict.fromkeys(folders, str(home / "home"))}
    try:
        done = subprocess.run(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="backslashreplace",
            env=environment,
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired as hang:
        return f"no end after {PATIENCE} s: {hang.output}"
    return None if done.returncode == 0 else f"exit code {done.returncode}\n{done.stdout}"


def run_batch(kind: str, seed_text: str, runs: str, model: Path) -> int:
    """Run some examples in this process; a failure is shown, made as short as possible."""
    import faulthandler

    from conversation import World
    from editing import Editing
    from hypothesis import HealthCheck, given, seed, settings
    from hypothesis.stateful import run_state_machine_as_test
    from transport import check, streams

    faulthandler.enable()
    world = World(model)
    how = settings(
        max_examples=int(runs),
        stateful_step_count=25,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    if kind == "editing":
        Editing.world = world
        run_state_machine_as_test(seed(int(seed_text))(Editing), settings=how)
    else:

        @seed(int(seed_text))
        @how
        @given(streams())
        def any_bytes(stream: list[bytes]) -> None:
            check(world, stream)

        any_bytes()
    sys.stdout.flush()
    os._exit(0)  # the threads of the sessions need no end


def parser() -> argparse.ArgumentParser:
    found = argparse.ArgumentParser(description=__doc__)
    found.add_argument("--runs", type=int, default=100_000)
    found.add_argument("--seed", type=int, default=1)
    found.add_argument("--state", type=Path, metavar="FILE", help="keep count here, and resume")
    found.add_argument("--batch", nargs=3, metavar=("KIND", "SEED", "RUNS"), help="one batch alone")
    found.add_argument("--model", type=Path, help="for --batch: a model's folder, best a tiny one")
    return found


if __name__ == "__main__":
    sys.exit(main())
