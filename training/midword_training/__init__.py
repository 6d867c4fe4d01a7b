"""Fine-tuning, pretraining and evaluation of Midword's masked language models."""
