"""Pure: flatten entities, select them, say what they have in common."""
