"""A resident masked language model: what stands at the mask, as numbers."""
