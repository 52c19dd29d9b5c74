"""What people read: translations, names of types and attributes, numbers, units and moments."""
