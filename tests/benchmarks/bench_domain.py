"""What fine-tuning on a domain's documents gains a writer of that domain, and costs elsewhere.

    python tests/benchmarks/bench_domain.py BASE TUNED HELDOUT [--general TEXTS ...] [--words 2000]

Keystroke savings with lists of 5 and document memory, paired bootstrap; the documents that were
trained on are nowhere. Jargon is what the base model's vocabulary lacks: its accuracy @5 at 2
letters is measured without memory. `--mode edit` measures with the rest of the paragraph there.
"""

import argparse
import json
from pathlib import Path
from typing import Any

from midword.text.folding import fold
from midword_training.evaluation.evaluate import read_texts
from midword_training.evaluation.measures import suggester_of, type_texts
from midword_training.evaluation.typing_simulator import InProcess, Mode, Typing


def compare(before: Typing, after: Typing) -> dict[str, Any]:
    """Savings in per cent, and the interval of their difference in points."""
    low, high = after.gain_over(before)
    old, new = before.savings(), after.savings()
    values = {"before": old, "after": new, "gain": new - old, "low": low, "high": high}
    return {"words": len(after.words), **{name: round(100 * v, 2) for name, v in values.items()}}


def main() -> None:
    """Measure and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("base", type=Path)
    parser.add_argument("tuned", type=Path)
    parser.add_argument("heldout")
    parser.add_argument("--general", nargs="*", default=[])
    parser.add_argument("--words", type=int, default=2000)
    parser.add_argument("--mode", default="append", choices=("append", "edit"))
    parser.add_argument("--seed", type=int, default=42)
    options = parser.parse_args()
    mode: Mode = options.mode
    suggesters = [suggester_of(folder, "onnx-fp32") for folder in (options.base, options.tuned)]
    for suggester in suggesters:
        suggester.readings.size = 100_000  # what was asked with memory is asked again without
    model = suggesters[0].model
    assert model is not None
    known = frozenset(model.vocabulary.keys)

    def typed(sources: list[str], memory_weight: float) -> list[Typing]:
        texts = read_texts(sources)
        return [
            type_texts(
                InProcess(suggester, memory_weight=memory_weight),
                texts,
                mode,
                words=options.words,
                seed=options.seed,
            )
            for suggester in suggesters
        ]

    with_memory = typed([options.heldout], 1.0)
    print(json.dumps({"domain": compare(*with_memory)}), flush=True)
    jargon = [
        Typing(mode, [word for word in typing.words if fold(word.word) not in known])
        for typing in typed([options.heldout], 0.0)
    ]
    old, new = (typing.accuracy(2, 5) for typing in jargon)
    rare = {"words": len(jargon[0].words), "before": round(old, 3), "after": round(new, 3)}
    print(json.dumps({"jargon@5 at 2 letters, no memory": rare}), flush=True)
    if options.general:
        print(json.dumps({"elsewhere": compare(*typed(options.general, 1.0))}), flush=True)


if __name__ == "__main__":
    main()
