"""What NGSI-LD means: pure functions over plain data."""
