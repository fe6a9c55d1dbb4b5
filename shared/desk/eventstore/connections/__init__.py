"""Connections to PostgreSQL: pool, availability of the server, time limits, leases of processes."""
