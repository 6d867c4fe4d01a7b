"""Where the right word stands in each source's own order: what a better ranking could still win.

    python tests/benchmarks/bench_oracle.py TEXT... [--words 200] [--json F]

For sampled words of whole texts, at the end of a text and inside one: in what share of the places
the right word is among the first 5, 20, 50 and 200 of each source, after 0, 1 and 2 letters. "list"
is what Midword shows, "any" the best of all sources, chosen for each word after the fact.
"""

import argparse
import json
import sys
from collections import defaultdict
from pathlib import Path

from midword.model.loading import load
from midword.suggest.loading import load_suggester
from midword.suggest.memory import Memory
from midword.text.cloze import cloze_at
from midword.text.document import Document
from midword.text.folding import fold
from midword_training.evaluation.typing_simulator import sample

FIRST = (5, 20, 50, 200)
LETTERS = (0, 1, 2)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("texts", nargs="+", type=Path)
    parser.add_argument("--words", type=int, default=200, help="sampled from each text")
    parser.add_argument("--seed", type=int, default=42)
    parser.add_argument("--json", type=Path, help="write all figures here")
    options = parser.parse_args()
    suggester = load_suggester(load())
    # (inside, letters) -> source -> the right word's rank in each place, from 0; None: not there.
    ranks: dict[tuple[bool, int], dict[str, list[int | None]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for path in options.texts:
        text = path.read_text("utf-8")
        for match in sample(text, options.words, options.seed):
            start, end = match.span()
            for inside in (False, True):
                right = text[end:].partition("\n\n")[0] if inside else ""
                memory = Memory()
                memory.update("typed", text[:start] + right)
                for letters in LETTERS:
                    if letters >= len(match[0]):
                        continue
                    typed = match[0][:letters]
                    document = Document("typed", "plaintext", 0, text[:start] + typed + right)
                    cloze = cloze_at(document, start + letters, context=500)
                    if cloze is None:
                        continue
                    key, prefix = fold(match[0]), fold(typed)
                    found = {
                        name: list(source.candidates(prefix, FIRST[-1]))
                        for name, source in suggester.sources(
                            cloze, memory=memory, document="typed"
                        ).items()
                    }
                    shown = suggester.suggest(
                        cloze, memory=memory, document="typed", limit=FIRST[-1]
                    )
                    places = {name: _place(keys, key) for name, keys in found.items()}
                    known = [place for place in places.values() if place is not None]
                    places["any"] = min(known, default=None)
                    places["list"] = _place([fold(item.word) for item in shown], key)
                    for name, place in places.items():
                        ranks[inside, letters][name].append(place)
    figures = {}
    for (inside, letters), by_source in sorted(ranks.items()):
        title = f"{'inside' if inside else 'end'}, {letters} letters"
        print(f"{title:<18}{len(by_source['list']):>6} places " + "".join(f"{n:>7}" for n in FIRST))
        for name, places in by_source.items():
            shares = [
                sum(place is not None and place < first for place in places) / len(places)
                for first in FIRST
            ]
            figures[f"{title}, {name}"] = shares
            print(f"    {name:<27} " + "".join(f"{100 * share:7.1f}" for share in shares))
    if options.json:
        options.json.write_text(json.dumps({"first": FIRST, "shares": figures}, indent=2))
    return 0


def _place(keys: list[str], key: str) -> int | None:
    return keys.index(key) if key in keys else None


if __name__ == "__main__":
    sys.exit(main())
