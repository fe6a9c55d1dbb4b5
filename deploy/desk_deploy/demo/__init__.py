"""The demonstration desk, and the live view of the facts that its services record."""
