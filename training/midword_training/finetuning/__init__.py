"""A team's own model: `midword finetune`."""
