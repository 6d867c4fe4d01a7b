"""`python -m midword_training.finetuning`, and what `accelerate launch -m` runs."""

import sys

from midword_training.finetuning.command import main

if __name__ == "__main__":
    sys.exit(main())
