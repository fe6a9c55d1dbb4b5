"""A connection that detects a server that hangs: a stopped server keeps its sockets open and answers nothing.

No TCP time-out helps, because the kernel of a stopped server acknowledges everything. After a second without an answer
the server is probed on a new connection. While it answers there, a long statement may go on; when it does not, the
waiting connection is closed, and whether its transaction was committed is unknown.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self

import psycopg
from psycopg import Connection
from psycopg.conninfo import make_conninfo
from psycopg.errors import ConnectionTimeout
from psycopg.rows import Row, tuple_row

if TYPE_CHECKING:
    from collections.abc import Iterator

SILENCE = 1.0
"""Seconds without an answer after which the server is probed."""
PROBE = 2
"""Seconds within which the probe must be answered. SILENCE + PROBE is the longest wait for a server that hangs."""
LONGEST = 60.0
"""Seconds without an answer after which a connection is closed although its server answers others."""
IDLE_LOOKS = 3
"""Number of probes that find our session idle after which our statement counts as lost in transit."""
SHARED = 0.5
"""Seconds for which one probe serves all connections that wait."""
SESSIONS = "SELECT pid, state FROM pg_stat_activity WHERE datname = current_database()"
KEEPALIVE: Mapping[str, int] = {
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
"""For a server whose machine is gone, which acknowledges nothing."""


class ServerSilent(psycopg.OperationalError):
    """The server did not answer in time, and the connection was closed. The outcome of its statement is unknown."""


class WatchedConnection(Connection[Row]):
    """Waits for a server as long as it answers others. `silent` is set when it was closed because the server answered
    nobody."""

    probe: Probe | None = None
    silent = False
    _deadline: float | None = None

    @contextmanager
    def within(self, seconds: float) -> Iterator[Self]:
        """Require every answer inside the block within so many seconds from now, without a probe."""
        self._deadline = time.monotonic() + seconds
        try:
            yield self
        finally:
            self._deadline = None

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        """The driver's method, called for every answer that it waits for."""
        if timeout is not None:
            return super().wait(gen, interval, timeout)
        since, idle = time.monotonic(), 0
        while True:
            left = SILENCE if self._deadline is None else max(0.001, self._deadline - time.monotonic())
            try:
                return super().wait(gen, interval, left)
            except psycopg.errors._WaitTimeout as error:
                idle = self._looked(since, idle, error)

    def _looked(self, since: float, idle: int, error: Exception) -> int:
        """The number of consecutive probes that found the session idle. ServerSilent when waiting is useless."""
        if self._deadline is not None:
            raise self._given_up("no answer in time", True) from error
        probe = self.probe = self.probe or Probe()
        sessions = probe.sessions(self)
        if sessions is None:
            raise self._given_up("the server answers nobody", True) from error
        idle = idle + 1 if sessions.get(self.info.backend_pid, "").startswith("idle") else 0
        if idle >= IDLE_LOOKS or time.monotonic() - since > LONGEST:
            raise self._given_up("the server answers others only", False) from error
        return idle

    def _given_up(self, detail: str, silent: bool) -> ServerSilent:
        self.silent = silent
        self.pgconn.finish()
        return ServerSilent(detail)


class Probe:
    """Queries a server on a new connection. One answer serves all callers of about the same time. Thread-safe."""

    def __init__(self, patience: int = PROBE) -> None:
        self._patience = patience
        self._lock = threading.Lock()
        self._answered = float("-inf")
        self._sessions: Mapping[int, str] | None = {}

    def sessions(self, of: Connection[Any]) -> Mapping[int, str] | None:
        """State by process id of the sessions that this role may see. None when the server does not answer; empty when
        it refuses, which is an answer too."""
        with self._lock:
            if time.monotonic() - self._answered > SHARED:
                self._sessions = self._asked(of)
                self._answered = time.monotonic()
            return self._sessions

    def _asked(self, of: Connection[Any]) -> Mapping[int, str] | None:
        given: dict[str, str | int | None] = {
            **of.info.get_parameters(),
            "password": of.info.password,
            "connect_timeout": self._patience,
        }
        start = time.monotonic()
        try:
            with WatchedConnection.connect(make_conninfo("", **given), autocommit=True) as session:
                left = max(0.1, self._patience - (time.monotonic() - start))
                with session.within(left), session.cursor(row_factory=tuple_row) as cursor:
                    return {pid: state or "" for pid, state in cursor.execute(SESSIONS)}
        except (ConnectionTimeout, ServerSilent):
            return None
        except psycopg.Error:
            return {}
