"""The port to storage, its engines, and the loop that batches their work."""
