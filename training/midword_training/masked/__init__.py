"""Blocks of tokens, the questions that are asked of them, and the network that answers."""
