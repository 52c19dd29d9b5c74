"""Look into the store."""
