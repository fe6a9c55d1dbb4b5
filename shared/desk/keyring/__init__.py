"""Keys of sealed fields: the port, the key ring in PostgreSQL, its audit against the facts."""
