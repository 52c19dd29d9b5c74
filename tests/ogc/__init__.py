"""What OGC API Features out must keep."""
