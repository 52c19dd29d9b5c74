"""Requests and responses as values, the route table, and the adapters to HTTP servers."""
