"""The demo: two simulated cities with a node each, from their portals to verdicts, in one process."""
