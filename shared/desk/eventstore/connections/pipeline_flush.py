"""Sends everything that a pipeline has buffered. The driver flushes once and then only reads: rows larger than the
socket's buffer would stay half sent, and client and server would wait for each other for ever."""

from __future__ import annotations

import select
from typing import Any

from psycopg import Connection

WAIT = 1.0


def flush(connection: Connection[Any]) -> None:
    """Return when all output is sent. OperationalError when the connection is lost."""
    while connection.pgconn.flush():
        select.select([], [connection.pgconn.socket], [], WAIT)
