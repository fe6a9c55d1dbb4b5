"""Settings of the server, and its readiness and errors."""

import os
from pathlib import Path

from desk_deploy.postgres.run import complaint
from desk_deploy.up.process import LOOPBACK

# The whole embedded desk stays below 600 MB, most of which the five services use.
SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "80",
    "shared_buffers": "64MB",
    "huge_pages": "off",
    "work_mem": "4MB",
    "maintenance_work_mem": "32MB",
    "autovacuum_max_workers": "2",
    "effective_cache_size": "256MB",
    "max_wal_size": "512MB",
    "max_parallel_workers_per_gather": "0",
    "io_method": "sync",
    "jit": "off",
    "cluster_name": "desk",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Keep contents of rows out of the log: no statements, no keys of failed constraints.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_line_prefix": "%m [%p] ",
}


def options(port: int, *, fsync: bool) -> list[str]:
    """The settings as arguments of `postgres`; they override the cluster's files."""
    settings = SETTINGS | {"port": str(port), "fsync": "on" if fsync else "off"}
    return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]


def answers(cluster: int, pid: int) -> bool:
    """Whether the server's pid file states that it accepts connections, as pg_ctl checks, without a password."""
    try:
        with open("postmaster.pid", opener=lambda name, flags: os.open(name, flags, dir_fd=cluster)) as file:
            lines = file.read().splitlines()
    except FileNotFoundError:
        return False
    return len(lines) > 7 and lines[0] == str(pid) and lines[7].strip() == "ready"


def last_complaint(log: Path, begin: int) -> str:
    """The error in the server's log after offset `begin`."""
    with log.open("rb") as file:
        file.seek(begin)
        return complaint(file.read(100_000).decode("utf-8", "replace"))
