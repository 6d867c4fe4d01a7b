"""What preparing documents for fine-tuning costs: CPU seconds and memory, step by step.

    python tests/benchmarks/bench_preparing.py DOCS [--processes 2]

CPU seconds are this process's and its helpers'; memory is the most that each of them had so far.
"""

import argparse
import resource
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from midword.model import store
from midword_training.finetuning import corpus, prepared
from midword_training.masked.tokens import Tokens
from midword_training.settings import make
from midword_training.words.team_words import TeamWords

STEPS: tuple[tuple[Any, str], ...] = (
    (corpus, "read_sources"),
    (corpus, "shelve_redacted"),
    (corpus, "split"),
    (TeamWords, "count"),
    (Tokens, "write"),
    (prepared, "_write_words"),
)


def cpu() -> float:
    """CPU seconds of this process and of helpers that have ended."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(used.ru_utime + used.ru_stime for used in both)


def told(name: str, step: Callable[..., Any]) -> Callable[..., Any]:
    """The step, which then says what it cost."""

    def timed(*arguments: Any, **options: Any) -> Any:
        before = cpu()
        found = step(*arguments, **options)
        most = [
            resource.getrusage(who).ru_maxrss / 1e6
            for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
        ]
        print(f"{name:16} {cpu() - before:8.1f} s   {most[0]:.2f} GB, helpers {most[1]:.2f} GB")
        return found

    return timed


def main() -> None:
    """Prepare the documents in a temporary folder."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("docs")
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    for owner, name in STEPS:
        setattr(owner, name, told(name, getattr(owner, name)))
    with tempfile.TemporaryDirectory() as folder:
        start = store.resolve(store.BUNDLED_NAME)
        place = Path(folder) / "prepared"
        prepared.prepare(place, "", [options.docs], [], make({}), start, options.processes)


if __name__ == "__main__":
    main()
