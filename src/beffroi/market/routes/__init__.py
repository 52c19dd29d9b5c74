"""Routes of the market: every operation one row."""
