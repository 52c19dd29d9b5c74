"""Values that all rooms share: JSON, problems, records, changes, instants."""
