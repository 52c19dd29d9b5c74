"""Operations of the market: name the records, hand the rule to the store."""
