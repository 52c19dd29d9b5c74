"""The probe profile of OGC API Features (17-069r4, part 1)."""
