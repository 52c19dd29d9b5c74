"""Bills: from what products cost in a month to numbered documents of TMF678."""
