"""Fine-tuning, pretraining and evaluation of Midword's masked language models."""

import midword  # noqa: F401 - silences libraries before any of them is imported
