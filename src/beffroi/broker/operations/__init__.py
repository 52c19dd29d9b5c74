"""The operations of clause 5: name the records, hand the rule to the store."""
