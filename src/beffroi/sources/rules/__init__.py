"""Pure rules of the sources: reading foreign formats, mappings, vocabulary, reports."""
