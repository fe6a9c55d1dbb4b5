"""Read models of billing, one file each with table, projection and query."""
