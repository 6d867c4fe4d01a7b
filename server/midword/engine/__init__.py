"""The models in memory, and the threads that load and run them. Knows nothing of the protocol."""
