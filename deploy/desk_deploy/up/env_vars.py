"""What a launcher tells the services that it starts, beside their settings."""

SHARED = "DESK_SHARED_DATABASE"
"""Set: all services are in one database, which is migrated already; peers' facts are read there."""

NICE = "DESK_NICE"
"""How much this process gives way to others for the processor (0 to 19)."""
