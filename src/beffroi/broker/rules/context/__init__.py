"""JSON-LD contexts and the core vocabulary (clauses 4.4, 5.5.7, annex B)."""
