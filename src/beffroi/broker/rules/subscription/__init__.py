"""Subscriptions and notifications (clauses 5.2.12 to 5.2.15, 5.3.1, 5.8)."""
