"""Records of the PSA become facts: which ticket a record is, which transitions it made."""
