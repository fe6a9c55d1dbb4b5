"""Stops a server, or removes a pid file, that outlived its desk."""

import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from desk_deploy.up.process import LaunchError

PID_FILE = "postmaster.pid"
# A fast shutdown first, then an immediate one if sessions hang; recovery then runs at the next start.
STEPS = ((signal.SIGINT, 20.0), (signal.SIGQUIT, 10.0))


def stop_orphan(cluster: int) -> None:
    """Stop a server that still runs on the cluster (an open descriptor of its folder), and remove a stale pid file.

    The caller holds the lock of the data directory, so no other desk runs on it. A pid file whose pid now belongs to
    another program, usual after a container's restart, would keep PostgreSQL from starting.
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
    # A server that ends at this moment removes the file itself.
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
    """Whether the process is a server on this cluster, by its working directory."""
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
