"""Lists of records: conditions, order, pages and projected fields (contract 2.3)."""
