"""`python -m midword_training.pretraining`."""

from midword_training.pretraining.run import main

if __name__ == "__main__":
    main()
