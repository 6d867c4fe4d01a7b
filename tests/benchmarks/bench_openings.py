"""Lists that open by themselves: what they save, and how often they stand open for nothing.

    python tests/benchmarks/bench_openings.py TEXT... [--words 100] [--floors 0 0.01 0.02]

Every key of a sampled word asks as editors do (trigger kind 2), from the space before it to its
last letter. A row for each floor and mode: keystrokes saved with lists of five, lists for 100
words until each is taken or typed, the share of them that hold the word, and the share of all words
at whose last letter, were they typed, a list is open.
"""

import argparse
from pathlib import Path

from midword.model.loading import load
from midword.settings import Settings
from midword.suggest.loading import load_suggester
from midword.suggest.memory import Memory
from midword.suggest.ranking import Suggestion
from midword.suggest.restraint import unasked
from midword.suggest.suggester import Suggester
from midword.text.cloze import cloze_between
from midword_training.evaluation.typing_simulator import MODES, Mode, sample

Key = tuple[list[Suggestion], float]  # what a key's list could show, and whether a word ends here
ITEMS = 5


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("texts", nargs="+", type=Path)
    parser.add_argument("--words", type=int, default=100, help="sampled from each text")
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--model", help="name or path (default: the bundled one)")
    parser.add_argument("--floors", nargs="+", type=float, default=[0.0, Settings().floor])
    options = parser.parse_args()
    suggester = load_suggester(load(options.model))
    print("mode    floor   saved   lists/100 words   hold the word   open at the end")
    for mode in MODES:
        typed = [
            keys
            for path in options.texts
            for keys in type_words(suggester, path.read_text("utf-8"), mode, options)
        ]
        for floor in options.floors:
            print(f"{mode:7} {floor:<7} {row(typed, floor)}", flush=True)
    return 0


def type_words(
    suggester: Suggester, text: str, mode: Mode, options: argparse.Namespace
) -> list[tuple[str, list[Key]]]:
    """Sampled words, each with its keys: at no letter, at the first ... at the last."""
    memory, found = Memory(), []
    uri = "file:///typed.txt"
    for match in sample(text, options.words, options.seed):
        start, end = match.span()
        blank = text.find("\n\n", end)
        right = text[end : blank if blank >= 0 else len(text)] if mode == "edit" else ""
        memory.update(uri, text[:start] + right)
        keys: list[Key] = []
        for letters in range(len(match[0]) + 1):
            left = text[: start + letters]
            cloze = cloze_between(left, right)
            if cloze is None:
                keys.append(([], 0.0))
                continue
            words = suggester.suggest(cloze, memory=memory, document=uri)
            keys.append((words, suggester.finished(cloze, memory=memory, document=uri)))
        found.append((match[0].replace("’", "'"), keys))
    return found


def row(typed: list[tuple[str, list[Key]]], floor: float) -> str:
    """The figures of a floor."""
    hand = used = opened = right = ends = 0
    for word, keys in typed:
        hand += len(word) + 1
        taken = len(word) + 1
        for letters, (words, finished) in enumerate(keys):
            shown = [
                item.word
                for item in unasked(
                    words,
                    letters=letters,
                    finished=finished,
                    sure=Settings().confidence,
                    floor=floor,
                )
            ]
            if letters == len(word):
                ends += bool(shown)
            if letters < taken:  # else it was taken from an earlier list
                opened += bool(shown)
                right += word in shown
            if word in shown[:ITEMS]:
                taken = min(taken, letters + 1)
        used += taken
    count = len(typed)
    return (
        f"{1 - used / hand:6.1%} {100 * opened / count:12.0f} {right / max(1, opened):18.0%} "
        f"{ends / count:15.0%}"
    )


if __name__ == "__main__":
    raise SystemExit(main())
