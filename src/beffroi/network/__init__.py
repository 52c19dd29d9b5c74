"""Network: cities and chapters that know each other, and what they publish to each other by a signed feed."""
