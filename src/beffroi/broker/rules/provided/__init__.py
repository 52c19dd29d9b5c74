"""The part of the past that clients provide themselves, and what they take out of it (5.6.11 to 5.6.16)."""
