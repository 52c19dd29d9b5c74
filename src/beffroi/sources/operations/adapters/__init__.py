"""Adapters: how each family of sources is recognised, described and paged."""
