"""What scripts and other programs fetch: features of a map, downloads, live changes, tiles, assets."""
