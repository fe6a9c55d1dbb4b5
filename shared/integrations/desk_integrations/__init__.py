"""The only layer that sees both the desk and the connectors: ports by kind, and one adapter per vendor."""
