"""Reading what a city has: adapters, sources and runs as records."""
