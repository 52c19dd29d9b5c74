"""Entities and attributes: how they are read, written, traced and expire (clauses 4.5, 5.4 to 5.6)."""
