"""What remembering is worth: keystrokes saved in a text's second half, with its first and without.

    python tests/benchmarks/bench_remembering.py TEXT... [--words 300] [--json F]

Each text is one person's. Its first half is typed, key by key, on `--days` days, through what notes
words in the server; then words of the second half are typed with what was kept, in `--documents`
new documents. The gain's interval is paired.
"""

import argparse
import json
import sys
from datetime import date, timedelta
from pathlib import Path

from midword.model.loading import load
from midword.remembering.book import Book, Notes
from midword.remembering.typed import Typed
from midword.remembering.worth import is_worth, tells_secrets
from midword.suggest.loading import has_word, inside_a_sentence, load_suggester
from midword.suggest.memory import Memory
from midword.text.document import Document
from midword.text.edit import Edit
from midword_training.evaluation.typing_simulator import MODES, InProcess, Typing, simulate

_DAY = date(2026, 11, 2)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("texts", nargs="+", type=Path)
    parser.add_argument("--words", type=int, default=300, help="sampled from each second half")
    parser.add_argument("--days", type=int, default=10, help="on which the first half is typed")
    parser.add_argument(
        "--documents", type=int, default=8, help="that the second half makes, evenly spread"
    )
    parser.add_argument("--opening", type=int, default=3000, help="characters of each of them")
    parser.add_argument("--json", type=Path, help="write all figures here")
    options = parser.parse_args()
    suggester = load_suggester(load())
    figures = {}
    for mode in MODES:
        without, with_it = Typing(mode), Typing(mode)
        for path in options.texts:
            paragraphs = path.read_text("utf-8").split("\n\n")
            half = len(paragraphs) // 2
            book = typed(paragraphs[:half], options.days)
            step = max(1, len(paragraphs[half:]) // options.documents)
            for first in range(half, half + step * options.documents, step):
                document = "\n\n".join(paragraphs[first : first + step])[: options.opening]
                remembers = Memory()
                remembers.recall(*book.counts())
                for typing, memory in ((without, Memory()), (with_it, remembers)):
                    predictor = InProcess(suggester, memory=memory)
                    words = options.words // options.documents
                    found = simulate(predictor, document, mode, words=words)
                    typing.words.extend(found.words)
        before, after = without.savings(5), with_it.savings(5)
        low, high = with_it.gain_over(without)
        figures[mode] = {"without": before, "with": after, "gain": [low, high]}
        print(
            f"{mode:<7} {len(without.words)} words: {100 * before:.1f} -> {100 * after:.1f} "
            f"(gain {100 * low:+.1f} to {100 * high:+.1f})",
            flush=True,
        )
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2))
    return 0


def typed(paragraphs: list[str], days: int) -> Book:
    """The book of someone who types these paragraphs, as many each day."""
    book = Book()
    for day in range(days):
        notes = Notes()
        share = paragraphs[day * len(paragraphs) // days : (day + 1) * len(paragraphs) // days]
        document, keys = Document("file:///typed.md", "plaintext", 0, ""), Typed()
        for at, key in enumerate("\n\n".join(share) + "\n"):
            document.replace(at, at, key)
            edit = Edit(at, at, key)
            keys.edited(edit, ())
            if key.isspace():
                for found in keys.finished(document, edit):
                    if is_worth(found.word) and not tells_secrets(found.near):
                        word = inside_a_sentence(found.word) if found.starts else found.word
                        notes.add(word, found.left)
        book.add(notes, _DAY + timedelta(day), b"k" * 32, has_word)
    return book


if __name__ == "__main__":
    sys.exit(main())
