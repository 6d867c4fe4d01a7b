"""Keystroke savings on whole texts: Midword against what needs no model.

    python tests/benchmarks/bench_quality.py TEXT... [--words 400] [--model M] [--json F]

The n-grams (up to four words, on both sides of the gap) with a cache of the text's own words and
n-grams are Midword without its model. Texts are plain prose with blank lines between paragraphs.
One row a text and mode, then all.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from midword.model.loading import RUNTIMES, load
from midword.settings import Settings
from midword.suggest.loading import load_suggester
from midword_training.evaluation.baselines import DocumentWords, FrequencyList
from midword_training.evaluation.typing_simulator import (
    MODES,
    InProcess,
    Mode,
    Predictor,
    Typing,
    simulate,
)

GATE = Settings().confidence
GATES = (0.1, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("texts", nargs="+", type=Path)
    parser.add_argument("--words", type=int, default=400, help="sampled from each text")
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--model", help="name or path (default: the package's)")
    parser.add_argument("--runtime", default="auto", choices=RUNTIMES)
    parser.add_argument("--no-baselines", action="store_true")
    parser.add_argument("--json", type=Path, help="write all figures here")
    options = parser.parse_args()
    suggester = load_suggester(load(options.model, runtime=options.runtime))
    predictors: dict[str, Callable[[], Predictor]] = {"midword": lambda: InProcess(suggester)}
    if not options.no_baselines:
        predictors |= {
            "n-grams and cache": lambda: InProcess(load_suggester(None)),
            "document words": DocumentWords,
            "frequency list": lambda: FrequencyList(suggester.lexicon),
        }
    rows = []
    for name, make in predictors.items():
        everything: dict[Mode, Typing] = {mode: Typing(mode) for mode in MODES}
        for path in options.texts:
            text = path.read_text("utf-8")
            for mode in MODES:
                found = simulate(make(), text, mode, words=options.words, seed=options.seed)
                everything[mode].words.extend(found.words)
                rows.append(_row(name, path.stem, found))
                print(_line(rows[-1]), flush=True)
        for found in everything.values():
            rows.append(_row(name, "all", found))
            print(_line(rows[-1]), flush=True)
        if name == "midword":
            print(_curve(list(everything.values())), flush=True)
    if options.json:
        options.json.write_text(json.dumps({"seed": options.seed, "rows": rows}, indent=2))
    return 0


def _row(name: str, text: str, found: Typing) -> dict[str, Any]:
    low, high = found.interval()
    return {
        "predictor": name,
        "text": text,
        "mode": found.mode,
        "words": len(found.words),
        "savings": {k: found.savings(k) for k in (1, 3, 5, 10)},
        "interval": [low, high],
        "accuracy": {letters: found.accuracy(letters) for letters in (0, 1, 2)},
        "gated": found.savings(5, GATE),
        "offered": found.offered(GATE),
        "precision": found.precision(GATE),
        "gates": {
            gate: [found.offered(gate), found.precision(gate), found.savings(5, gate)]
            for gate in GATES
        },
    }


def _curve(modes: Sequence[Typing]) -> str:
    """Lists that open by themselves at 0 letters: how many, how good, and what they save."""
    lines = ["  gate  " + "  ".join(f"{f.mode}: offered, first right, KS@5" for f in modes)]
    for gate in GATES:
        figures = [
            f"{100 * found.offered(gate):15.1f} {100 * found.precision(gate):9.1f} "
            f"{100 * found.savings(5, gate):9.1f}"
            for found in modes
        ]
        lines.append(f"  {gate:<5} " + "  ".join(figures))
    return "\n".join(lines)


def _line(row: dict[str, Any]) -> str:
    def percent(values: Iterable[float]) -> str:
        return " ".join(f"{100 * value:4.1f}" for value in values)

    return (
        f"{row['predictor']:>14}  {row['text']:<22.22} {row['mode']:<6} "
        f"KS@1/3/5/10 {percent(row['savings'].values())} (@5 {percent(row['interval'])})  "
        f"acc@0/1/2 {percent(row['accuracy'].values())}  "
        f"gated {percent([row['gated']])} offered {percent([row['offered']])} "
        f"precision {percent([row['precision']])}"
    )


if __name__ == "__main__":
    sys.exit(main())
