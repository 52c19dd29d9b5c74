"""Rules of the market: pure functions over plain data."""
