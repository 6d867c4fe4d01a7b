"""How often a word that follows a name's first word is written with the right first letter.

    python tests/benchmarks/bench_casing.py TEXT...

Counted are words of the lexicon behind a word that has a capital inside its sentence ("United
Nations", "Monday morning"), as the suggester asks about them before a letter is typed. A row for
each odds: how many times as likely a capital is taken to be there than elsewhere.
"""

import argparse
import re
from pathlib import Path

from midword.suggest import casing
from midword.suggest.lexicon import Lexicon
from midword.suggest.loading import DATA
from midword.text.folding import fold
from midword.text.words import WORD

_ODDS = (1, 2, 4, 8, 11, 16, 32)


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("texts", type=Path, nargs="+", metavar="TEXT")
    texts = [path.read_text("utf-8") for path in parser.parse_args().texts]
    lexicon = Lexicon.load(DATA / "lexicon.npz")
    found = [
        match[0]
        for text in texts
        for match in WORD.finditer(text)
        if casing.follows_name(text[max(0, match.start() - 200) : match.start()])
        and lexicon.find(fold(match[0])) is not None
        and not re.match(r"I\b", match[0])
    ]
    capitals = sum(word[0].isupper() for word in found)
    print(f"{len(found)} words, {capitals / len(found):.1%} with a capital")
    for odds in _ODDS:
        casing._IN_A_NAME = odds
        forms = casing.Casing(lexicon, follows_name=True)
        right = sum(
            forms.form(fold(word), "", starts_sentence=False)[0].isupper() == word[0].isupper()
            for word in found
        )
        print(f"odds {odds:2d}: {right / len(found):.1%} right")


if __name__ == "__main__":
    main()
