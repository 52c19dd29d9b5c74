"""The probe profile of ETSI NGSI-LD (GS CIM 009)."""
