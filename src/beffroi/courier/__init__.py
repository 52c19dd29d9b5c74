"""Empties the outbox, lane by lane; an endpoint that is silent costs one lane, however many it has."""
