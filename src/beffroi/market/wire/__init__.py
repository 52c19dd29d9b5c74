"""Wire of the market: bytes and headers to values and back."""
