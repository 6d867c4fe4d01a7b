"""A team's documents: found, read as text, cleaned, and parted to train and to measure."""
