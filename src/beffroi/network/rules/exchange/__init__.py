"""What cities tell each other: practices that can be looked at, events and what was learned, figures."""
