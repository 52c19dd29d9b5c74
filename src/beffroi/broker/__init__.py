"""The context plane: ETSI GS CIM 009 (NGSI-LD) V1.9.1."""
