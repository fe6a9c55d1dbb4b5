"""Tracks the live processes of a service: each holds a session-level advisory lock, which its end releases at once.

A lease bound to such a lock ends with the process, not minutes later.
"""

from __future__ import annotations

import hashlib
import threading
import time

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.rows import TupleRow

from desk.eventstore.connections.datastore import CONNECT_TIMEOUT
from desk.eventstore.connections.hang_detection import KEEPALIVE, WatchedConnection
from desk.eventstore.connections.lease_holders import Leased, new_token
from desk.eventstore.errors import StoreUnavailable
from desk.eventstore.store import Store

ANSWER = 2.0
"""Seconds within which the server must answer."""
GRACE = 3.0
"""Seconds for which a lock must be missing: a restart of the database ends every lock, and live processes take
theirs again within a second."""
LIVING = (
    "SELECT objid::bigint FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2 AND classid::bigint = %s"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


class Presence:
    """The lock of one process. Its `id` is the token of the leases that end with the process. Methods block, and may be
    called from any thread.
    """

    def __init__(self, store: Store) -> None:
        self._store, self._url, self._schema = store, store.url, store.schema
        digest = hashlib.sha256(f"deskstream presence {store.schema}".encode()).digest()
        self._space = int.from_bytes(digest[:4]) >> 1
        self.id = new_token()
        self._one_at_a_time = threading.Lock()
        self._connection: WatchedConnection[TupleRow] | None = None
        self._missing: dict[int, float] = {}

    def ended(self, holders: set[int]) -> list[int]:
        """Those of these processes that have ended. Takes the own lock first, again where the connection was lost.

        StoreUnavailable when the database does not answer: then no process counts as ended.
        """
        with self._one_at_a_time:
            try:
                living = self._living()
            except psycopg.Error as error:
                self._close()
                raise StoreUnavailable("the database does not answer") from error
            now = time.monotonic()
            for holder in holders & living:
                self._missing.pop(holder, None)
            missing = {holder: self._missing.setdefault(holder, now) for holder in holders - living - {self.id}}
            return [holder for holder, since in missing.items() if now - since >= GRACE]

    def free(self, rows: Leased) -> int:
        """Free the rows of ended processes at once; returns their number. Takes the own lock first, also where there
        are no holders. StoreUnavailable as for `ended`."""
        ended = self.ended(self._store.execute(rows.holders))
        return self._store.execute(lambda cursor: rows.free(cursor, ended)) if ended else 0

    def release(self) -> None:
        """Release the lock."""
        with self._one_at_a_time:
            self._close()

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        self._missing = {}
        if connection is not None:
            connection.close()

    def _living(self) -> set[int]:
        if self._connection is None:
            given: dict[str, str | int] = {
                **KEEPALIVE,
                "connect_timeout": CONNECT_TIMEOUT,
                "application_name": f"desk-{self._schema}-presence",
            }
            self._connection = WatchedConnection.connect(make_conninfo(self._url, **given), autocommit=True)
            # shared, so that two processes that drew the same number do not wait for each other
            with self._connection.within(ANSWER):
                self._connection.execute("SELECT pg_advisory_lock_shared(%s, %s)", (self._space, self.id))
        # every loop that claims rows waits for this query
        with self._connection.within(ANSWER):
            return {row[0] for row in self._connection.execute(LIVING, (self._space,))}
