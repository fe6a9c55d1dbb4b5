"""A server that outlived its desk, or only its pid file did."""

import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from desk_deploy.up.process import LaunchError

PID_FILE = "postmaster.pid"
# A fast shutdown first, an immediate one when sessions hang; recovery then runs at the next start.
STEPS = ((signal.SIGINT, 20.0), (signal.SIGQUIT, 10.0))


def stop_orphan(cluster: int) -> None:
    """Ends a server that still runs on the cluster (an open descriptor of its folder) and clears a stale pid file.

    The caller holds the lock of the data directory: no other desk lives on it. A pid file whose number now belongs to
    another program would keep PostgreSQL from starting, so it is removed; after a container's restart that is usual.
    """
    try:
        with open(PID_FILE, opener=lambda name, flags: os.open(name, flags, dir_fd=cluster)) as file:
            lines = file.read().splitlines()
        pid = int(lines[0])
    except FileNotFoundError:
        return
    except (ValueError, IndexError):
        _clear(cluster)
        return
    if pid > 0 and _runs_here(pid, cluster, lines):
        _end(pid, cluster, lines)
    elif _exists(pid):
        _clear(cluster)


def _clear(cluster: int) -> None:
    # A server that ends at this moment removes it itself.
    with suppress(FileNotFoundError):
        os.unlink(PID_FILE, dir_fd=cluster)


def _end(pid: int, cluster: int, lines: list[str]) -> None:
    for number, patience in STEPS:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
        until = time.monotonic() + patience
        while time.monotonic() < until:
            if not _runs_here(pid, cluster, lines):
                return
            time.sleep(0.05)
    raise LaunchError(f"a PostgreSQL server left by an earlier desk does not end: stop process {pid}, then start again")


def _runs_here(pid: int, cluster: int, lines: list[str]) -> bool:
    """Whether that process is a server on this cluster: its working directory is the cluster's folder."""
    if Path("/proc/self/cwd").exists():
        try:
            return os.path.samestat(Path(f"/proc/{pid}/cwd").stat(), os.fstat(cluster))
        except OSError:
            return False
    ask = ["/bin/ps", "-p", str(pid), "-o", "command="]
    command = subprocess.run(ask, capture_output=True, text=True, check=False)  # noqa: S603  fixed program
    return len(lines) > 1 and "postgres" in command.stdout and lines[1] in command.stdout


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
