"""`python -m midword_training.pretraining`, also under `accelerate launch` and `torchrun`."""

from midword_training.group import leave
from midword_training.pretraining.run import main

if __name__ == "__main__":
    main()
    leave(0)
