"""The embedded PostgreSQL: programs from a wheel, a cluster on disk, a server as a child process of the desk."""
