"""The connections of one service to its schema. The settings were measured.

Why the recorder is used so: handbook/adr/0011-eventsourcing-as-the-recorder.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from eventsourcing.postgres import PostgresDatastore
from psycopg import Connection
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import DictRow
from psycopg.sql import SQL, Identifier

from desk.eventstore.connections.hang_detection import KEEPALIVE, WatchedConnection
from desk.eventstore.connections.out_of_range_times import prepare_session
from desk.eventstore.connections.pool import TriedPool

CONNECT_TIMEOUT = 2
LOCK_TIMEOUT = 2
IDLE_IN_TRANSACTION = 30
POOL_SIZE, POOL_OVERFLOW = 2, 10
_TAKEN = frozenset({"dbname", "host", "port", "user", "password"})


class Datastore(PostgresDatastore):
    """PostgreSQL at a libpq address, every connection with the service's schema as its search path.

    Times are read and written in UTC, whatever the settings of server and role. Connecting and waiting for a lock take
    at most 2 s each, so that a request is answered within 3 s; a connection is tried before use. Database functions of
    the library are never used: they drop the table lock, and a reader that follows the log would miss facts.
    """

    def __init__(self, url: str, schema: str, *, pool_size: int = POOL_SIZE, overflow: int = POOL_OVERFLOW) -> None:
        parts = {name: value for name, value in conninfo_to_dict(url).items() if value is not None}
        super().__init__(
            dbname=str(parts.get("dbname", "postgres")),
            host=str(parts.get("host", "127.0.0.1")),
            port=str(parts.get("port", 5432)),
            user=str(parts.get("user", "postgres")),
            password=str(parts.get("password", "")),
            connect_timeout=CONNECT_TIMEOUT,
            idle_in_transaction_session_timeout=IDLE_IN_TRANSACTION,
            pool_size=pool_size,
            max_overflow=overflow,
            lock_timeout=LOCK_TIMEOUT,
            schema=schema,
            originator_id_type="text",
            enable_db_functions=False,
        )
        self._replace_pool(parts, pool_size, overflow)

    def _replace_pool(self, parts: Mapping[str, object], size: int, overflow: int) -> None:
        """Put in the place of the library's pool one with our connections, time-outs and all parts of the address."""
        assert isinstance(self.pool.kwargs, dict)
        extra = {name: value for name, value in parts.items() if name not in _TAKEN}
        defaults = {**KEEPALIVE, "connect_timeout": CONNECT_TIMEOUT, "application_name": f"desk-{self.schema}"}
        # the library types its attribute by the base class of WatchedConnection
        self.pool = TriedPool[Any](
            connection_class=WatchedConnection[DictRow],
            kwargs={**defaults, **self.pool.kwargs, **extra},
            min_size=size,
            max_size=size + overflow,
            open=False,
            configure=self.after_connect_func(),
            timeout=CONNECT_TIMEOUT,
            reconnect_timeout=CONNECT_TIMEOUT,
        )

    def after_connect_func(self) -> Callable[[Connection[Any]], None]:
        library = super().after_connect_func()
        search_path = SQL("SET search_path TO {}").format(Identifier(self.schema))
        lock_timeout = SQL("SET lock_timeout = '{0}s'").format(LOCK_TIMEOUT)

        def prepare(connection: Connection[Any]) -> None:
            library(connection)
            connection.execute(search_path)
            connection.execute(lock_timeout)
            prepare_session(connection)

        return prepare
