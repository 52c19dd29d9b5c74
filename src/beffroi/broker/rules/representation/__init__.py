"""How entities are shown (clauses 4.5, 4.15, 4.21)."""
