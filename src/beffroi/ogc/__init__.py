"""OGC API Features: every entity type as a collection."""
