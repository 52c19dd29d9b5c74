"""Reports for people: a page to send on, a table in the terminal; the same words in two languages."""
