"""Which processes of a service live: each holds a session-level lock of the database, which its end releases at once.

A lease bound to such a lock ends with the process, and not minutes later.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
import time

import psycopg

from desk.log.datastore import CONNECT_TIMEOUT
from desk.log.errors import StoreUnavailable
from desk.log.leases import TOKENS
from desk.log.store import Store

GRACE = 3.0
"""Seconds for which a lock must be missing: a restart of the database ends every lock, and the living take theirs again
within a second."""
LIVING = (
    "SELECT objid::bigint FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2 AND classid::bigint = %s"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


class Presence:
    """The lock of one process. Its `id` is the token of the leases that end with the process. Blocking calls, from any
    thread.
    """

    def __init__(self, store: Store) -> None:
        self._url, self._schema = store.url, store.schema
        digest = hashlib.sha256(f"deskstream presence {store.schema}".encode()).digest()
        self._space = int.from_bytes(digest[:4]) >> 1
        self.id = secrets.randbelow(TOKENS)
        self._one_at_a_time = threading.Lock()
        self._connection: psycopg.Connection | None = None
        self._missing: dict[int, float] = {}

    def ended(self, holders: set[int]) -> list[int]:
        """Of these processes the ones that have ended. Takes the own lock first, again where the connection was lost.

        StoreUnavailable when the database does not answer: nobody is known to have ended then.
        """
        with self._one_at_a_time:
            try:
                living = self._living()
            except psycopg.OperationalError as error:
                self._close()
                raise StoreUnavailable("the database does not answer") from error
            now = time.monotonic()
            for holder in holders & living:
                self._missing.pop(holder, None)
            missing = {holder: self._missing.setdefault(holder, now) for holder in holders - living - {self.id}}
            return [holder for holder, since in missing.items() if now - since >= GRACE]

    def release(self) -> None:
        """Give the lock back."""
        with self._one_at_a_time:
            self._close()

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        self._missing = {}
        if connection is not None:
            connection.close()

    def _living(self) -> set[int]:
        if self._connection is None:
            self._connection = psycopg.connect(
                self._url,
                autocommit=True,
                connect_timeout=CONNECT_TIMEOUT,
                application_name=f"desk-{self._schema}-presence",
            )
            # shared, so that two processes that drew the same number do not wait for each other
            self._connection.execute("SELECT pg_advisory_lock_shared(%s, %s)", (self._space, self.id))
        return {row[0] for row in self._connection.execute(LIVING, (self._space,))}
