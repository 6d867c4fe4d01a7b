"""Words for the | in a text: python suggest.py "I would like to t| you."."""

import sys

from midword import Midword

left, _, right = " ".join(sys.argv[1:]).partition("|")
for suggestion in Midword.load().suggest(left, right):
    print(f"{suggestion.probability:6.1%}  {suggestion.word}")
