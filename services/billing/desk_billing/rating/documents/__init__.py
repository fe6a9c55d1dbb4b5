"""Documents that rate labour: rate cards, billing rules, agreement terms, prepaid pools. Checked before publication."""
