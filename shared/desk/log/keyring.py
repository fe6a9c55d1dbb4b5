"""The key ring in PostgreSQL, in a schema (or a database) of its own: dropping a key there is what erases a person.

The keys stand there in the clear: protect that database like the personal data itself, keep its backups short.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

from psycopg_pool import ConnectionPool

from desk.keyring import Key, new_secret

LOCK = 0x6B657972696E67
CACHED = 8_000
SCHEMA = """
CREATE SCHEMA IF NOT EXISTS keyring;
CREATE TABLE IF NOT EXISTS keyring.keys (
    key_id text PRIMARY KEY,
    subject text NOT NULL UNIQUE,
    key bytea,
    created timestamptz NOT NULL DEFAULT now(),
    destroyed_at timestamptz,
    CHECK ((key IS NULL) = (destroyed_at IS NOT NULL))
)
"""
_INSERT = (
    "INSERT INTO keyring.keys (key_id, subject, key)"
    " SELECT * FROM unnest(%s::text[], %s::text[], %b::bytea[]) ON CONFLICT (subject) DO NOTHING"
    " RETURNING key_id, subject, key"
)
_SELECT = "SELECT key_id, subject, key FROM keyring.keys"


class PostgresKeyRing:
    """Implements desk.keyring.KeyRing for several processes and threads.

    Keys are cached for `ttl` seconds: that is how long another process can still read after `destroy`.
    psycopg.Error and psycopg_pool.PoolTimeout when the database does not answer within `timeout` seconds.
    """

    def __init__(
        self, conninfo: str, *, ttl: float = 60, timeout: float = 2, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._ttl, self._now = ttl, now
        self._lock = threading.Lock()
        self._cache: dict[str, tuple[float, Key]] = {}
        self._pool = ConnectionPool(
            conninfo,
            min_size=0,
            max_size=4,
            timeout=timeout,
            open=True,
            check=ConnectionPool.check_connection,
            kwargs={"autocommit": True, "connect_timeout": 2},
        )
        try:
            self._create()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()

    def key_for(self, subject: str) -> Key:
        """The subject's key, made when there is none; of several processes that make one, one wins and all get it."""
        return self._cached(f"s{subject}") or self._loaded([subject])[subject]

    def ensure(self, subjects: Iterable[str]) -> None:
        """Make the missing keys of many subjects in one transaction, and cache all of them."""
        missing = [subject for subject in dict.fromkeys(subjects) if self._cached(f"s{subject}") is None]
        if missing:
            self._loaded(missing)

    def get(self, key_id: str) -> Key | None:
        """The key of that id; None when it is unknown or destroyed."""
        key = self._cached(f"k{key_id}")
        if key is not None:
            return key
        with self._pool.connection() as connection:
            row = connection.execute(_SELECT + " WHERE key_id = %s", [key_id]).fetchone()
        return None if row is None else self._remember(row)

    def destroy(self, subject: str) -> str | None:
        """Forget the subject's key for ever; its id, None when it never had one."""
        with self._pool.connection() as connection:
            row = connection.execute(
                "UPDATE keyring.keys SET key = NULL, destroyed_at = coalesce(destroyed_at, now())"
                " WHERE subject = %s RETURNING key_id",
                [subject],
            ).fetchone()
        if row is None:
            return None
        with self._lock:
            self._cache.pop(f"s{subject}", None)
            self._cache.pop(f"k{row[0]}", None)
        return str(row[0])

    def _create(self) -> None:
        with self._pool.connection() as connection, connection.transaction():
            connection.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
            connection.execute(SCHEMA)

    def _loaded(self, subjects: list[str]) -> dict[str, Key]:
        with self._pool.connection() as connection:
            rows = connection.execute(_INSERT, _columns(subjects)).fetchall()
            there = sorted(set(subjects) - {row[1] for row in rows})
            if there:
                rows += connection.execute(_SELECT + " WHERE subject = ANY(%s)", [there]).fetchall()
        # destroyed: what is still said about that subject is closed under a key that ends with this call
        return {row[1]: self._remember(row) or Key(row[0], row[1], new_secret()) for row in rows}

    def _remember(self, row: tuple[Any, ...]) -> Key | None:
        key_id, subject, secret = row
        if secret is None:
            return None
        key = Key(key_id, subject, bytes(secret))
        entry = (self._now() + self._ttl, key)
        with self._lock:
            while len(self._cache) >= CACHED:
                self._cache.pop(next(iter(self._cache)))
            self._cache[f"s{subject}"] = self._cache[f"k{key_id}"] = entry
        return key

    def _cached(self, name: str) -> Key | None:
        with self._lock:
            entry = self._cache.get(name)
        return entry[1] if entry is not None and entry[0] > self._now() else None


def _columns(subjects: list[str]) -> list[list[Any]]:
    # in one order everywhere, so that two processes that make the same keys never wait for each other in a ring
    return [[uuid4().hex for _ in subjects], sorted(subjects), [new_secret() for _ in subjects]]
