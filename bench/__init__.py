"""What `make bench` measures: a node next to a bare server, in one run."""
