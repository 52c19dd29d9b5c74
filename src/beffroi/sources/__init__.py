"""What a city already has, read and mapped to entities."""
