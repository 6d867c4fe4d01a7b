"""What a writer gains from a model: typing simulated, losses, cloze tests, charts."""
