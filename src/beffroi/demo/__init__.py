"""The demo: two simulated cities in one process, from their portals to verdicts, from an offer to a bill."""
