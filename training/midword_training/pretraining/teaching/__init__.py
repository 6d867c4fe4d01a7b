"""What a larger model says at a text's end: asked once, kept, and taught to the default model."""
