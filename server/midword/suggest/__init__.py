"""From a distribution at the mask to a ranked list of words."""
