"""Contracts whose clauses are tests: accepted by a run, reviewed by the same run, breached on a date."""
