"""What every TM Forum document has in common: shapes, states, references, questions, events (TMF630)."""
