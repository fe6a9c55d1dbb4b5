"""Elects one process of a service for each task: the one whose connection holds an advisory lock of the database."""

from __future__ import annotations

import hashlib
import threading

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.rows import TupleRow

from desk.eventstore.connections.datastore import CONNECT_TIMEOUT
from desk.eventstore.connections.hang_detection import KEEPALIVE, WatchedConnection
from desk.eventstore.errors import StoreUnavailable
from desk.eventstore.store import Store


class LeaderLock:
    """The locks of one process at one store, on one connection. Methods block, and may be called from any thread.

    `purpose` names the connection. A lost connection loses all its locks, and the process learns of it at its next
    call: for a moment two processes may lead, so a task must be harmless when it is done twice.
    """

    def __init__(self, store: Store, purpose: str) -> None:
        self._url, self._schema, self._purpose = store.url, store.schema, purpose
        self._one_at_a_time = threading.Lock()
        self._connection: WatchedConnection[TupleRow] | None = None
        self._held: set[str] = set()

    def held(self, task: str) -> bool:
        """Try to lead in this task; whether this process leads now. StoreUnavailable when the database does not
        answer."""
        with self._one_at_a_time:
            try:
                return self._try(task)
            except psycopg.Error as error:
                self._close()
                raise StoreUnavailable(f"the database does not answer; the {self._purpose} waits") from error

    def release(self) -> None:
        """Release all locks, so that other processes can lead."""
        with self._one_at_a_time:
            self._close()

    def _try(self, task: str) -> bool:
        if self._connection is None:
            self._connection = self._connect()
        if task in self._held:
            self._connection.execute("SELECT true")
            return True
        row = self._connection.execute("SELECT pg_try_advisory_lock(%s)", (self._key(task),)).fetchone()
        if row is not None and row[0]:
            self._held.add(task)
        return task in self._held

    def _key(self, task: str) -> int:
        digest = hashlib.sha256(f"deskstream {task} {self._schema}".encode()).digest()
        return int.from_bytes(digest[:8], signed=True)

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        self._held.clear()
        if connection is not None:
            connection.close()

    def _connect(self) -> WatchedConnection[TupleRow]:
        given: dict[str, str | int | None] = {
            **KEEPALIVE,
            "connect_timeout": CONNECT_TIMEOUT,
            "application_name": f"desk-{self._schema}-{self._purpose}",
        }
        return WatchedConnection.connect(make_conninfo(self._url, **given), autocommit=True)
