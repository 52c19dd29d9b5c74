"""Calls: from a shared need to an award, each step dated."""
