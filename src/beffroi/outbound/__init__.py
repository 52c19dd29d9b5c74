"""Connections that Beffroi makes to others: guarded, bounded, polite."""
