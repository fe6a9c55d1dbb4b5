"""Settings of the server, and what it says about itself."""

import os
from pathlib import Path

from desk_deploy.postgres.run import complaint
from desk_deploy.up.process import LOOPBACK

# The whole embedded desk stays below 600 MB, most of it for the five services.
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
    # The log holds no row's content: no statement, no key of a constraint that failed.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_line_prefix": "%m [%p] ",
}


def options(port: int, *, fsync: bool) -> list[str]:
    """The settings as command line of `postgres`: they hold for this start, whatever the cluster's files say."""
    settings = SETTINGS | {"port": str(port), "fsync": "on" if fsync else "off"}
    return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]


def answers(cluster: int, pid: int) -> bool:
    """Whether the server says in its pid file that it accepts connections; the way pg_ctl waits, without a password."""
    try:
        with open("postmaster.pid", opener=lambda name, flags: os.open(name, flags, dir_fd=cluster)) as file:
            lines = file.read().splitlines()
    except FileNotFoundError:
        return False
    return len(lines) > 7 and lines[0] == str(pid) and lines[7].strip() == "ready"


def last_complaint(log: Path, begin: int) -> str:
    """What the server wrote to its log after `begin` about why it ended."""
    with log.open("rb") as file:
        file.seek(begin)
        return complaint(file.read(100_000).decode("utf-8", "replace"))
