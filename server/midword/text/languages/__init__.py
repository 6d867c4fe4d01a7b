"""How the text of each language is read: which characters are prose, and which are not."""
