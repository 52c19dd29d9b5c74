"""What is on sale: offerings, what they may say, who may make them, how they are rated (TMF620)."""
