"""The gaps of many sentences, filled: python fill.py < sentences.txt > filled.tsv.

A line has one gap, written ___, and comes back as its likeliest word, how likely that is, and the
whole sentence. A line without a gap, or where no word fits, is named and left out; the program
then ends with 1.
"""

import sys

from midword import Midword

GAP = "___"


def main() -> int:
    """Fill the lines of stdin."""
    midword = Midword.load()
    left_out = 0
    for number, line in enumerate(sys.stdin, start=1):
        left, gap, right = line.rstrip("\n").partition(GAP)
        found = midword.suggest(left, right, limit=1) if gap else []
        if not found:
            reason = "no word fits" if gap else f"no {GAP}"
            print(f"line {number}: {reason}", file=sys.stderr)
            left_out += 1
            continue
        (best,) = found
        print(best.word, f"{best.probability:.3f}", left + best.word + right, sep="\t")
    return 1 if left_out else 0


if __name__ == "__main__":
    raise SystemExit(main())
