"""The pages, one module each: read what the page shows, fill its template."""
