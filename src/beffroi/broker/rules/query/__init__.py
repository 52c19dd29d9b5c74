"""Which entities are asked for, and in which order (clauses 4.9, 4.17, 4.19, 4.23)."""
