"""Between the network's documents and what others read: pages, tables."""
