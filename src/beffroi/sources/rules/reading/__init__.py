"""Reading foreign formats: bytes to records, pages and datasets."""
