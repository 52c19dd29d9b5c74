"""The demo goes on: a chapter, shared needs, a call, an award that tests decide, a third city."""
