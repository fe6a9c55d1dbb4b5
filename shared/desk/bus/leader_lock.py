"""Elects the process of a service that relays: the one whose connection holds an advisory lock of the database."""

from __future__ import annotations

import hashlib

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.rows import TupleRow

from desk.eventstore.connections.datastore import CONNECT_TIMEOUT
from desk.eventstore.connections.watched import KEEPALIVE, WatchedConnection
from desk.eventstore.errors import StoreUnavailable
from desk.eventstore.store import Store


class LeaderLock:
    """The lock of one store's relay. Methods block; one thread at a time.

    A lost connection loses the lock. Two relays for a moment only publish the same facts twice, each in order.
    """

    def __init__(self, store: Store) -> None:
        self._url, self._schema = store.url, store.schema
        self._key = int.from_bytes(
            hashlib.sha256(f"deskstream relay {store.schema}".encode()).digest()[:8], signed=True
        )
        self._connection: WatchedConnection[TupleRow] | None = None
        self._held = False

    def held(self) -> bool:
        """Try to lead; whether this process leads now. StoreUnavailable when the database does not answer."""
        try:
            if self._connection is None:
                self._connection = self._connect()
            query = "SELECT true" if self._held else "SELECT pg_try_advisory_lock(%s)"
            row = self._connection.execute(query, None if self._held else (self._key,)).fetchone()
            self._held = bool(row and row[0])
        except psycopg.Error as error:
            self.release()
            raise StoreUnavailable("the database does not answer; the relay waits") from error
        return self._held

    def release(self) -> None:
        """Release the lock, so that another process can lead."""
        connection, self._connection, self._held = self._connection, None, False
        if connection is not None:
            connection.close()

    def _connect(self) -> WatchedConnection[TupleRow]:
        given: dict[str, str | int | None] = {
            **KEEPALIVE,
            "connect_timeout": CONNECT_TIMEOUT,
            "application_name": f"desk-{self._schema}-relay",
        }
        return WatchedConnection.connect(make_conninfo(self._url, **given), autocommit=True)
