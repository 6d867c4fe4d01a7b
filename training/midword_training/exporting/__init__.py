"""A trained model as the files that the server runs, and as one archive."""
