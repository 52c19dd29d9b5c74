"""Clauses for tenders: requirements bound to the tests that decide them, at bid and in year three."""
