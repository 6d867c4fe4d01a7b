"""What the writer sees, turned into what the model reads."""
