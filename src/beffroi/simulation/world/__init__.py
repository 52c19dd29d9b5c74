"""The simulated city: what is true in it at a tick, as a pure function of seed and tick."""
