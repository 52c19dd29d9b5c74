"""Parameters, addresses and media types on the one side, values on the other."""
