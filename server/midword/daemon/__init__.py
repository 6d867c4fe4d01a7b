"""A client's way to a server that serves already; what editors start imports nothing large."""
