"""How many of some small mistakes the unit tests find: mutation testing, of a sample.

All mutants of three folders would take days, so places in the code are drawn evenly, and one mutant
of each is judged by the unit tests of its folder. Prints those that survived and their share:

    pip install cosmic-ray
    python tests/benchmarks/mutants.py --mutants 300 --seed 1

They are made in a copy of this tree, which stays as it is, by Cosmic Ray
(https://cosmic-ray.readthedocs.io); those of `|` are left out, which mostly stands in types. Linux.
"""

from __future__ import annotations

import argparse
import contextlib
import difflib
import importlib
import multiprocessing
import os
import random
import re
import resource
import shutil
import signal
import sys
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import pytest
from cosmic_ray.commands import init
from cosmic_ray.mutating import use_mutation
from cosmic_ray.plugins import get_operator
from cosmic_ray.work_db import WorkDB, use_db
from cosmic_ray.work_item import MutationSpec

ROOT = Path(__file__).parents[2]
FOLDERS = ("suggest", "text", "engine")
NEEDED = ("server", "training", "tests", "pyproject.toml")
# What tests import besides this tree: read once, in the process that all others are copies of.
LIBRARIES = ("hypothesis.strategies", "transformers.models.bert.modeling_bert", "onnx", "psutil")
_IGNORED = shutil.ignore_patterns("__pycache__")
SECONDS = 15  # of processor time, thrice what all tests of a folder take; who takes more is found


def drawn(folder: str, number: int, chance: random.Random) -> list[MutationSpec]:
    """Mutants of a folder of the server, in this order: one of each place that is drawn."""
    modules = sorted(Path("server/midword", folder).rglob("*.py"))
    with tempfile.TemporaryDirectory() as aside, use_db(f"{aside}/all", WorkDB.Mode.create) as all_:
        init(modules, all_, {})
        places = defaultdict(list)
        for item in all_.pending_work_items:
            (mutant,) = item.mutations
            if "_BitOr_" not in mutant.operator_name:
                places[str(mutant.module_path), mutant.start_pos].append(mutant)
    chosen = chance.sample(sorted(places), min(number, len(places)))
    print(f"{folder}: {len(chosen)} of {len(places)} places", flush=True)
    return [
        chance.choice(sorted(places[place], key=lambda m: (m.operator_name, m.occurrence)))
        for place in chosen
    ]


def passes(tests: Sequence[str], output: Path) -> bool:
    """Whether tests pass, up to the first that fails, in a process that begins with LIBRARIES."""
    child = multiprocessing.get_context("fork").Process(target=run, args=(tests, output))
    child.start()
    child.join(20.0 * SECONDS)  # by the clock, for one that waits for ever on a busy machine
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid or 0, signal.SIGKILL)  # those that it started too
    child.join()
    return child.exitcode == 0


def run(tests: Sequence[str], output: Path) -> None:
    """Run tests in this process, and end it, whatever threads still run."""
    os.setsid()
    with output.open("w") as file:
        os.dup2(file.fileno(), 1)
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    code = pytest.main(["-xq", "--assert=plain", "--timeout=0", "-p", "no:cacheprovider", *tests])
    sys.stdout.flush()
    os._exit(code)


def survives(mutant: MutationSpec, folder: str) -> bool | None:
    """Whether no unit test of its folder finds a mutant, None if it is no Python; says which did.

    Its module's own tests come first, which changes nothing but how soon it is found.
    """
    own = Path("tests/unit", folder, f"test_{mutant.module_path.stem}.py")
    tests = [str(own)] * own.exists() + [f"tests/unit/{folder}"]
    operator = get_operator(mutant.operator_name)(**mutant.operator_args)
    place = f"{mutant.module_path}:{mutant.start_pos[0]} {mutant.operator_name}"
    output = Path("output.txt")
    with use_mutation(mutant.module_path, operator, mutant.occurrence) as (before, after):
        try:
            compile(after, place, "exec")
        except SyntaxError:  # a sign that only looks like an operator
            return None
        if not passes(tests, output):
            finders = re.findall(r"^(?:FAILED|ERROR) (\S+)", output.read_text(), re.MULTILINE)
            print(f"found: {place} by {' '.join(finders) or 'no test that ended'}", flush=True)
            return False
    print(f"survived: {place}", flush=True)
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), n=3, lineterm="")
    print(*list(lines)[2:], sep="\n", flush=True)
    return True


def main() -> None:
    """Draw, judge, print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--mutants", type=int, default=300, help="of all folders together")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folders", nargs="+", default=FOLDERS, choices=FOLDERS)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as copy:
        for name in NEEDED:
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, Path(copy, name), ignore=_IGNORED)
            else:
                shutil.copy(ROOT / name, copy)
        os.chdir(copy)
        sys.path[:0] = [f"{copy}/server", f"{copy}/training"]
        os.environ["PYTHONPATH"] = ":".join(sys.path[:2])
        sys.dont_write_bytecode = True  # else a mutant may be taken for what it was a moment ago
        os.environ["MIDWORD_TINY_MODELS"] = f"{copy}/tiny-models"  # no folder has a part in these
        for library in LIBRARIES:
            importlib.import_module(library)
        found = {}
        for folder in options.folders:
            if not passes([f"tests/unit/{folder}"], Path("output.txt")):
                sys.exit("the tests fail without a mutant:\n" + Path("output.txt").read_text())
            chance = random.Random(f"{options.seed} {folder}")
            mutants = drawn(folder, options.mutants // len(FOLDERS), chance)
            judged = [survives(mutant, folder) for mutant in mutants]
            found[folder] = [survived for survived in judged if survived is not None]
        for folder, survived in found.items():
            print(f"{folder}: {sum(survived)} of {len(survived)} survived")


if __name__ == "__main__":
    main()
