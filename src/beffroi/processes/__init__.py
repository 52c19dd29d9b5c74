"""Where domains meet."""
