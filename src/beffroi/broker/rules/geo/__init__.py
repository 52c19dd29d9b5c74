"""Geometries, and how they stand to each other (clauses 4.7, 4.10)."""
