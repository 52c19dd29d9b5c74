"""The islands: small scripts that make maps and charts of pages that work without them."""
