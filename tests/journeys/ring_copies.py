"""Copies of the key ring, brought back by SQL the way a dump is restored."""

from __future__ import annotations

from typing import Any, NamedTuple

import psycopg

from desk.keyring.rows import create


class RingCopy(NamedTuple):
    """The keys of a ring as of one moment."""

    rows: list[tuple[Any, ...]]

    @classmethod
    def of(cls, database: str) -> RingCopy:
        """Take a copy."""
        with psycopg.connect(database) as session:
            return cls(
                session.execute("SELECT key_id, subject, key, created, destroyed_at FROM keyring.keys").fetchall()
            )

    def restore(self, database: str) -> None:
        """Put this copy in the place of the ring."""
        drop_ring(database)
        with psycopg.connect(database, autocommit=True) as session:
            create(session)
            session.cursor().executemany(
                "INSERT INTO keyring.keys (key_id, subject, key, created, destroyed_at) VALUES (%s, %s, %s, %s, %s)",
                self.rows,
            )


def drop_ring(database: str) -> None:
    """Lose every key."""
    with psycopg.connect(database, autocommit=True) as session:
        session.execute("DROP SCHEMA keyring CASCADE")


def keys_of(database: str, subject: str) -> list[tuple[str, bool]]:
    """(key id, whether the key is there) of each key that the ring has for a subject."""
    query = (
        "SELECT key_id, key IS NOT NULL FROM keyring.keys WHERE subject = %(s)s"
        " UNION ALL SELECT key_id, key IS NOT NULL FROM keyring.former_keys WHERE subject = %(s)s"
    )
    with psycopg.connect(database) as session:
        return session.execute(query, {"s": subject}).fetchall()
