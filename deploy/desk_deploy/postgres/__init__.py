"""The embedded PostgreSQL: programs from the wheel, a cluster on disk, a server as a child of the desk."""
