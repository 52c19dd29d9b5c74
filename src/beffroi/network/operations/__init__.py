"""Operations of the network: name the records, hand the rule to the store."""
