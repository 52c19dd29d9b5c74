"""What a product lets through, by which credentials, and what was used of it (TMF635, 677; RFC 6749)."""
