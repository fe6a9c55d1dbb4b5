"""Runs the desk's own PostgreSQL as a direct child process."""

import signal
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from desk_deploy.postgres.binaries import installation, reachable_installation
from desk_deploy.postgres.cluster import DATABASE, ROLE, Access, Cluster
from desk_deploy.postgres.orphan import stop_orphan
from desk_deploy.postgres.run import ENVIRONMENT, reachable
from desk_deploy.postgres.server import answers, last_complaint, options
from desk_deploy.up.directory_lock import DirectoryLock
from desk_deploy.up.process import LOOPBACK, Child, LaunchError, free_port, port_is_free

LOG_LIMIT = 10_000_000
PORT_TAKEN = "could not create any TCP/IP sockets"
MEMORY_IN_USE = "pre-existing shared memory block"
ORPHAN_STARTED = 'lock file "postmaster.pid" already exists'
"""A server that outlived its desk wrote its pid after we had looked for it."""
PASSING = (PORT_TAKEN, MEMORY_IN_USE, ORPHAN_STARTED)


class EmbeddedPostgres:
    """PostgreSQL in `data_dir`: `postgres/` (the cluster), `postgres.access` (password and port, 0600), `postgres.log`,
    `postgres.lock`. Reached over loopback TCP with a password, because a socket file's path can be too long and
    outlives a kill. The port of the last start is used again if it is free.

    It stops with the desk, also when the desk is killed; a server that outlived it is stopped at the next start.
    Raises LaunchError, always with one line, when it cannot start.
    """

    def __init__(self, data_dir: Path, *, fsync: bool = True, programs: Path | None = None) -> None:
        """fsync=False is for tests: a crash of the machine then destroys the data. programs: folder with bin/ and
        share/ of a PostgreSQL, by default the wheel's.
        """
        self.data_dir = data_dir.absolute()
        self.log = self.data_dir / "postgres.log"
        self._fsync = fsync
        self._programs = programs
        self._lock = DirectoryLock(self.data_dir / "postgres.lock")
        self._child: Child | None = None
        self._access: Access | None = None

    @property
    def url(self) -> str:
        """psycopg URL of the desk's database. It contains the password: do not log it."""
        return self.url_of(DATABASE)

    def url_of(self, database: str) -> str:
        """URL of another database on this server; the desk's role may create databases."""
        if self._child is None or self._access is None:
            raise LaunchError(f"PostgreSQL in {self.data_dir} is not running: start it first")
        return f"postgresql://{ROLE}:{self._access.password}@{LOOPBACK}:{self._access.port}/{database}"

    @property
    def pid(self) -> int | None:
        """Process id of the server while it runs."""
        return self._child.pid if self._child and self._child.alive else None

    def start(self) -> None:
        """Create the cluster if there is none, start the server, and wait until it answers (about 1 s)."""
        if self._child is not None:
            if self._child.alive:
                return
            self.stop()
        self._lock.acquire()
        try:
            programs = reachable_installation(self._programs or installation())
            cluster = Cluster(self.data_dir, programs, sync=self._fsync)
            cluster.ensure()
            with reachable(cluster.path, cluster.identity) as (descriptor, folder):
                stop_orphan(descriptor)
                self._launch(programs, cluster, descriptor, folder)
        except BaseException:
            self._lock.release()
            raise

    def stop(self) -> None:
        """Shut down fast: open transactions are rolled back and sessions end. No effect if stopped."""
        if self._child is not None:
            self._child.stop((signal.SIGINT, 30), (signal.SIGQUIT, 5))
            self._child = None
        self._lock.release()

    def kill(self) -> None:
        """Kill the server, as in a crash; `start()` recovers. For fault tests."""
        if self._child is not None:
            self._child.stop((signal.SIGKILL, 5))

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def _launch(self, programs: Path, cluster: Cluster, descriptor: int, folder: str) -> None:
        access = cluster.access()
        patience = time.monotonic() + 15
        port = access.port if access.port and port_is_free(access.port) else free_port()
        while True:
            complaint = self._try(programs, cluster, descriptor, folder, port)
            if not complaint:
                break
            if time.monotonic() > patience or not any(reason in complaint for reason in PASSING):
                raise LaunchError(f"PostgreSQL did not start: {complaint} (see {self.log})")
            if ORPHAN_STARTED in complaint:
                stop_orphan(descriptor)
            if PORT_TAKEN in complaint:
                port = free_port()
            time.sleep(0.2)
        self._access = Access(access.password, port)
        if port != access.port:
            cluster.remember(self._access)

    def _try(self, programs: Path, cluster: Cluster, descriptor: int, folder: str, port: int) -> str:
        """Try to start on a port. Return the empty string when the server answers, else its last error."""
        with suppress(FileNotFoundError):
            if self.log.stat().st_size > LOG_LIMIT:
                self.log.replace(self.log.with_suffix(".log.1"))
        begin = self.log.stat().st_size if self.log.exists() else 0
        child = Child(
            [str(programs / "bin" / "postgres"), "-D", folder, *options(port, fsync=self._fsync)],
            log=self.log,
            death=signal.SIGINT,
            identity=cluster.identity,
            environment=ENVIRONMENT,
            pass_fds=[descriptor],
        )
        self._child = child
        try:
            while not answers(descriptor, child.pid):
                if child.wait(0.02):
                    return last_complaint(self.log, begin)
        except BaseException:
            self.stop()
            raise
        return ""
