"""The catalogue for harvesters (DCAT-AP 3)."""
