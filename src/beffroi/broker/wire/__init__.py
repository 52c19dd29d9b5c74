"""NGSI-LD on the wire (clause 6): bytes and headers to values and back; no store."""
