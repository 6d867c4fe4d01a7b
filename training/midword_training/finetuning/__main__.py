"""`python -m midword_training.finetuning`, also under `accelerate launch` and `torchrun`."""

from midword_training.finetuning.command import main
from midword_training.group import leave

if __name__ == "__main__":
    leave(main())
