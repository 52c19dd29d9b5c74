"""Two simulated city portals, different on purpose, for the demo and for tests."""
