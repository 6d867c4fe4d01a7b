"""`python -m midword_training.pretraining.teaching`."""

from midword_training.pretraining.teaching.asking import main

if __name__ == "__main__":
    main()
