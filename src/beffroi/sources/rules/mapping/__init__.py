"""The mapping language: from a foreign record to an NGSI-LD entity, as data."""
