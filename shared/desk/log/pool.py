"""Connections that are alive when they are handed out, and no queue for a database that is away."""

from __future__ import annotations

import time
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from eventsourcing.postgres import ConnectionPool
from psycopg import Connection, Error
from psycopg_pool import PoolTimeout

from desk.log.breaker import Breaker

FRESH = 1.0
"""Seconds for which a returned connection counts as alive."""
CT = TypeVar("CT", bound="Connection[Any]")


class TriedPool(ConnectionPool[CT]):
    """Tries a connection that has rested before it hands it out, and takes the next at once when it is broken.

    The pool's own `check` waits a second or more between two broken connections; a restart of the server breaks all.
    One that was used a moment ago is not tried: that round trip would be half of all. PoolTimeout when there is none
    in time; Away, at once, where others have just waited for the database in vain.
    """

    def __init__(self, *args: Any, **settings: Any) -> None:
        self.breaker = Breaker()
        self._returned: WeakKeyDictionary[CT, float] = WeakKeyDictionary()
        self._out: set[int] = set()
        super().__init__(*args, **settings)

    def getconn(self, timeout: float | None = None) -> CT:
        patience = self.timeout if timeout is None else timeout
        self.breaker.enter(patience)
        try:
            connection = self._alive(time.monotonic() + patience)
        except PoolTimeout:
            if len(self._out) < self.max_size:  # else the database is not away, only busy
                self.breaker.silent()
            raise
        self.breaker.answered()
        self._out.add(id(connection))
        return connection

    def putconn(self, conn: CT) -> None:
        self._out.discard(id(conn))
        if not conn.broken:
            self._returned[conn] = time.monotonic()
        super().putconn(conn)

    def _alive(self, end: float) -> CT:
        while True:
            connection = super().getconn(max(0.001, end - time.monotonic()))
            if self.breaker.closed and time.monotonic() - self._returned.get(connection, 0.0) < FRESH:
                return connection
            try:
                self.check_connection(connection)
            except Error:
                super().putconn(connection)
            else:
                return connection
