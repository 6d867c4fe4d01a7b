"""Is a new model better than the old one? python evaluate.py OLD NEW TEXT...

A model is a name or a folder. Both type the same words of the texts, which neither should have
learnt from. The program ends with 1 if the new model surely saves fewer keystrokes, so that it can
stand before a release. Needs `pip install "midword[train]"`; `midword evaluate` measures more.
"""

import sys
from pathlib import Path

from midword_training.evaluation.evaluate import evaluate

WORDS = 400


def main(old: str, new: str, *texts: str) -> int:
    """Print what each model saves with lists of five, and the difference's 95% interval."""
    written = [Path(text).read_text("utf-8") for text in texts]
    report = evaluate([old, new], written, words=WORDS, masked=False)
    worse = False
    for mode in report.modes:
        before, after = (model.typing[mode] for model in report.measured)
        low, high = after.gain_over(before)
        print(
            f"{mode}: {before.savings():.1%} of the keystrokes, then {after.savings():.1%} "
            f"({100 * low:+.1f} to {100 * high:+.1f} points)"
        )
        worse |= high < 0
    return 1 if worse else 0


if __name__ == "__main__":
    if len(sys.argv) < 4:
        raise SystemExit(__doc__)
    raise SystemExit(main(*sys.argv[1:]))
