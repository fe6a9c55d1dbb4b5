"""The `desk` command, and what runs a desk: PostgreSQL and Kafka without Docker, one process or five."""
