"""Hands out connections that are alive, and refuses at once while the database is unavailable."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from eventsourcing.postgres import ConnectionPool
from psycopg import Error
from psycopg_pool import PoolTimeout

from desk.eventstore.connections.breaker import DatabaseBreaker
from desk.eventstore.connections.error_classification import is_spoilt
from desk.eventstore.connections.hang_detection import Probe, WatchedConnection

FRESH = 1.0
"""Seconds for which a returned connection counts as alive."""
_NUMBERS = itertools.count()
CT = TypeVar("CT", bound="WatchedConnection[Any]")


class TriedPool(ConnectionPool[CT]):
    """Tries an idle connection before it hands it out, and takes the next at once when it is broken.

    The pool's own `check` waits a second or more between two broken connections; a restart of the server breaks all.
    One that was used a moment ago is not tried: that would double the round trips. PoolTimeout when none is free in
    time; DatabaseUnavailable, at once, where others have just waited for the database without an answer.
    """

    def __init__(self, *args: Any, **settings: Any) -> None:
        self.breaker = DatabaseBreaker()
        self._probe = Probe()
        self._returned: WeakKeyDictionary[CT, float] = WeakKeyDictionary()
        self._out: set[int] = set()
        super().__init__(*args, **settings)

    @contextmanager
    def connection(self, timeout: float | None = None) -> Iterator[CT]:
        """The library's method. A session that keeps the cause of an error is closed; after any other error, also one
        of ours between two statements, its prepared statements are discarded."""
        with super().connection(timeout) as connection:
            try:
                yield connection
            except BaseException as error:
                if isinstance(error, Error) and is_spoilt(error):
                    connection.pgconn.finish()
                elif not connection.closed:
                    _forget_prepared(connection)
                raise

    def getconn(self, timeout: float | None = None) -> CT:
        patience = self.timeout if timeout is None else timeout
        self.breaker.check(patience)
        try:
            connection = self._alive(time.monotonic() + patience)
        except PoolTimeout:
            if len(self._out) < self.max_size:  # else the database is busy, not unavailable
                self.breaker.record_failure()
            raise
        self.breaker.record_success()
        self._out.add(id(connection))
        return connection

    def putconn(self, conn: CT) -> None:
        self._out.discard(id(conn))
        if not conn.broken:
            self._returned[conn] = time.monotonic()
        elif conn.silent:
            self.breaker.record_failure()
        super().putconn(conn)

    def _alive(self, end: float) -> CT:
        while True:
            connection = super().getconn(max(0.001, end - time.monotonic()))
            connection.probe = self._probe
            if self.breaker.closed and time.monotonic() - self._returned.get(connection, 0.0) < FRESH:
                return connection
            try:
                with connection.within(max(0.001, end - time.monotonic())):
                    self.check_connection(connection)
            except Error:
                super().putconn(connection)
                if time.monotonic() >= end:
                    raise PoolTimeout("no connection answers") from None
            else:
                return connection


def _forget_prepared(connection: WatchedConnection[Any]) -> None:
    """Make server and driver agree on the prepared statements; close a session where they cannot.

    After a pipeline that one row aborted, the driver counts statements as prepared that the server never saw: the next
    user of the session would fail as if the database were unavailable. The driver reads the answer to DEALLOCATE only
    the first time that it sees its text, so every text is different.
    """
    try:
        connection.execute(f"DEALLOCATE ALL -- {next(_NUMBERS)}".encode(), prepare=False)
    except Error:
        connection.pgconn.finish()
