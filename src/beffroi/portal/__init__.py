"""Pages for people, calling the same operations."""
