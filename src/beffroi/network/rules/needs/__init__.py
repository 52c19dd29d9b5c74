"""Needs of cities: what they say, who shares them, and which are alike across languages."""
