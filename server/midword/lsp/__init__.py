"""The language server: one file for each feature of the protocol."""
