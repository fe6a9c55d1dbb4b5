"""Faults of a database server, each in effect until its block ends."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
from psycopg import sql

from desk_deploy.postgres.instance import EmbeddedPostgres

END = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND usename = current_user"


@contextmanager
def hung(server: EmbeddedPostgres) -> Iterator[None]:
    """Stop every process of the server: connections stay open, and nothing answers."""
    first = server.pid
    assert first is not None
    with stopped(first), stopped(*_children(first)):  # the parent first, so that it starts no more children
        yield


@contextmanager
def stopped(*processes: int) -> Iterator[None]:
    """Stop processes with SIGSTOP."""
    for pid in processes:
        _send(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in processes:
            _send(pid, signal.SIGCONT)


@contextmanager
def read_only(url: str) -> Iterator[None]:
    """Make the role's sessions read-only, as after a fail-over to a standby; all sessions end at start and end."""
    _as_owner(url, "ALTER ROLE CURRENT_USER SET default_transaction_read_only = on", END)
    try:
        yield
    finally:
        _as_owner(url, "ALTER ROLE CURRENT_USER RESET default_transaction_read_only", END)


@contextmanager
def refusing(url: str, schema: str, state: str, table: str = "stored_events", change: str = "INSERT") -> Iterator[None]:
    """Refuse every such change of a table with this SQL state, as on a full disk or a damaged page."""
    function = f"{schema}.refuse_{table}"
    _as_owner(
        url,
        f"CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$"
        f" BEGIN RAISE EXCEPTION 'refused for a test' USING ERRCODE = '{state}'; END $$",
        f"CREATE TRIGGER refuse BEFORE {change} ON {schema}.{table} EXECUTE FUNCTION {function}()",
    )
    try:
        yield
    finally:
        _as_owner(url, f"DROP FUNCTION {function}() CASCADE")


@contextmanager
def no_connections(url: str) -> Iterator[None]:
    """Refuse new connections to the database, and end the sessions of others."""
    with psycopg.connect(url, autocommit=True) as admin:
        limit = sql.SQL("ALTER DATABASE {} CONNECTION LIMIT {}")
        name = sql.Identifier(admin.info.dbname)
        admin.execute(limit.format(name, 0))
        admin.execute(END)
        try:
            yield
        finally:
            admin.execute(limit.format(name, -1))


def _as_owner(url: str, *statements: str) -> None:
    with psycopg.connect(url, autocommit=True, options="-c default_transaction_read_only=off") as session:
        for statement in statements:
            session.execute(statement.encode())


def _children(parent: int) -> list[int]:
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(FileNotFoundError, ProcessLookupError):
            fields = status.read_text().rsplit(")", 1)[1].split()
            if int(fields[1]) == parent:
                found.append(int(status.parent.name))
    return found


def _send(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)
