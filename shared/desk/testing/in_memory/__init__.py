"""Substitutes for PostgreSQL: an event store, its reads and a key ring in memory."""
