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
import os
import random
import shutil
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

from cosmic_ray.commands import init
from cosmic_ray.mutating import mutate_and_test
from cosmic_ray.work_db import WorkDB, use_db
from cosmic_ray.work_item import MutationSpec, TestOutcome

ROOT = Path(__file__).parents[2]
FOLDERS = ("suggest", "text", "engine")
NEEDED = ("server", "training", "tests", "pyproject.toml")
_IGNORED = shutil.ignore_patterns("__pycache__")
SECONDS = 60  # of processor time; a mutant that takes more is found


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


def survives(mutant: MutationSpec, folder: str) -> bool:
    """Whether no unit test of its folder finds a mutant; its module's own tests come first."""
    own = Path("tests/unit", folder, f"test_{mutant.module_path.stem}.py")
    tests = [str(own)] * own.exists() + [f"tests/unit/{folder}"]
    python = [sys.executable, "-m", "pytest", "-xq", "-p", "no:cacheprovider"]
    command = ["prlimit", f"--cpu={SECONDS}", *python, *tests]
    result = mutate_and_test([mutant], " ".join(command), 20.0 * SECONDS)
    print(".", end="", flush=True)
    if result.test_outcome is not TestOutcome.SURVIVED:
        return False
    print(f"\nsurvived: {mutant.operator_name}\n{result.diff}", flush=True)
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
        os.environ["PYTHONPATH"] = f"{copy}/server:{copy}/training"
        found = {}
        for folder in options.folders:
            chance = random.Random(f"{options.seed} {folder}")
            mutants = drawn(folder, options.mutants // len(FOLDERS), chance)
            found[folder] = [survives(mutant, folder) for mutant in mutants]
        for folder, survived in found.items():
            print(f"{folder}: {sum(survived)} of {len(survived)} survived")


if __name__ == "__main__":
    main()
