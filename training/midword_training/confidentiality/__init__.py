"""What no model may learn of a team's documents, and what of them it will hold."""
