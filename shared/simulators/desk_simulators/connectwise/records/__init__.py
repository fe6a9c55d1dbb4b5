"""Records of the PSA: fields, rules, checks, references, patches and writes."""
