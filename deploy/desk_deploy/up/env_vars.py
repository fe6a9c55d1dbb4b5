"""Environment variables from a launcher to its services, in addition to settings."""

SHARED = "DESK_SHARED_DATABASE"
"""Set when all services share one database, which is migrated already; peers' facts are read there."""

NICE = "DESK_NICE"
"""Niceness of the process (0 to 19)."""
