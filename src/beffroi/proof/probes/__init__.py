"""Probes: generators that ask a server and say what they saw; no network, no clock, no verdict."""
