"""The rating engine: entries of labour to lines with money, and draws from prepaid pools. No I/O, no wall clock."""
