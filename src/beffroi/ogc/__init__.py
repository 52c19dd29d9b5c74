"""OGC API Features out: every entity type as a collection that QGIS and GDAL open (17-069r4)."""
