"""Replicate it: bring a solution to a city by what the city offers everybody, and write down how it went."""
