"""The rows of the key ring in PostgreSQL. A destroyed key leaves its row, without the key."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from psycopg import Connection
from psycopg.rows import TupleRow

from desk.keyring import new_secret

Session = Connection[TupleRow]
LOCK = 0x6B657972696E67
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
_DESTROY = (
    "UPDATE keyring.keys SET key = NULL, destroyed_at = coalesce(destroyed_at, now())"
    " WHERE subject = %s RETURNING key_id"
)


def create(session: Session) -> None:
    """Make the table; of several processes one does."""
    with session.transaction():
        session.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        session.execute(SCHEMA)


def made(session: Session, subjects: list[str]) -> list[TupleRow]:
    """(key id, subject, key) of each subject, made where there was none; the key is None once it was destroyed."""
    rows = session.execute(_INSERT, _columns(subjects)).fetchall()
    there = sorted(set(subjects) - {row[1] for row in rows})
    return rows + (session.execute(_SELECT + " WHERE subject = ANY(%s)", [there]).fetchall() if there else [])


def by_id(session: Session, key_id: str) -> TupleRow | None:
    """(key id, subject, key) of that id."""
    return session.execute(_SELECT + " WHERE key_id = %s", [key_id]).fetchone()


def destroyed(session: Session, subject: str) -> TupleRow | None:
    """Forget the subject's key for ever: (key id,), None when it never had one."""
    return session.execute(_DESTROY, [subject]).fetchone()


def _columns(subjects: list[str]) -> list[list[Any]]:
    # in one order everywhere, so that two processes that make the same keys never wait for each other in a ring
    return [[uuid4().hex for _ in subjects], sorted(subjects), [new_secret() for _ in subjects]]
