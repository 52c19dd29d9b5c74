"""Money, taxes, price plans and what they come to."""
