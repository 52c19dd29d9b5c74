"""What the pages of the market read: offers, prices, samples, orders."""
