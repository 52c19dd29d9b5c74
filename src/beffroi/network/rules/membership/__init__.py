"""Chapters and their members: who asks, who is let in, who leaves, and whom a node follows because of it."""
