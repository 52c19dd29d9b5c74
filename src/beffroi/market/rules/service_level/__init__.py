"""Service level: what an offering promises, what was measured, what a breach is and what it costs."""
