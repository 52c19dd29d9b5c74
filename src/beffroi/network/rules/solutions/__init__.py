"""Solutions: what a program needs, what a city has, how the one becomes the other."""
