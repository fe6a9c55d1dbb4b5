"""Keys of sealed fields: the port, the ring in PostgreSQL, its audit against the facts."""
