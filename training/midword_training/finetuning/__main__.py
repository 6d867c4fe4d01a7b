"""`python -m midword_training.finetuning`, also under `accelerate launch` and `torchrun`."""

import os
import sys

from midword_training.finetuning.command import main

if __name__ == "__main__":
    code = main()
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        # Of a group's native threads some still run, and one in ten interpreters on its way out was
        # aborted by them (torch 2.13, gloo). All is written by now.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    sys.exit(code)
