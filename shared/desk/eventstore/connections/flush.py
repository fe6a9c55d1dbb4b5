"""Sends what a pipeline still holds back. The driver flushes once and then only listens: rows larger than the socket's
buffer would wait half sent, and the server for their rest, both for ever."""

from __future__ import annotations

import select
from typing import Any

from psycopg import Connection

WAIT = 1.0


def flush(connection: Connection[Any]) -> None:
    """Return when the server's side has taken everything. OperationalError when the connection is lost."""
    while connection.pgconn.flush():
        select.select([], [connection.pgconn.socket], [], WAIT)
