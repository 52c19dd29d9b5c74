"""The pages of the market for buyers."""
