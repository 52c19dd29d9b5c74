"""Meaning of the network, as pure functions."""
