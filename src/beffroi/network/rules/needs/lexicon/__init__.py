"""What cities speak of, in four languages: rows of data, one file per field."""
