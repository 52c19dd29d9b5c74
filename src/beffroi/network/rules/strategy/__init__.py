"""A city's strategy: pledges, the actions that keep them, and the indicators that show it."""
