"""HTTP API of every service: application, commands, reads, administration, access, problems."""
