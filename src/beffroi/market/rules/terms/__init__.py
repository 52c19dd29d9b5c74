"""What may be done with what was bought: as members, as ODRL, as sentences."""
