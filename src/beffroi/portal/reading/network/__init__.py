"""Read the network's documents for pages."""
