"""Rows of the key ring in PostgreSQL. A destroyed key leaves its row, without the key.

`former_keys` holds keys, copied from another ring, of subjects that have a newer key. `missing_keys` holds ids that
facts name and the ring lacks: their subjects get no new key automatically.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import uuid4

from psycopg import Connection
from psycopg.rows import TupleRow

from desk.contract.key_ring import KeyEntry, KeyState, new_secret

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
);
CREATE INDEX IF NOT EXISTS keys_created_idx ON keyring.keys (created);
CREATE INDEX IF NOT EXISTS keys_destroyed_idx ON keyring.keys (key_id) WHERE key IS NULL;
CREATE TABLE IF NOT EXISTS keyring.former_keys (
    key_id text PRIMARY KEY,
    subject text,
    key bytea,
    destroyed_at timestamptz,
    CHECK ((key IS NULL) = (destroyed_at IS NOT NULL))
);
CREATE INDEX IF NOT EXISTS former_keys_subject_idx ON keyring.former_keys (subject);
CREATE TABLE IF NOT EXISTS keyring.missing_keys (
    key_id text PRIMARY KEY,
    subject text,
    noticed timestamptz NOT NULL DEFAULT now(),
    abandoned boolean NOT NULL DEFAULT false
);
CREATE INDEX IF NOT EXISTS missing_keys_subject_idx ON keyring.missing_keys (subject)
"""
_INSERT = (
    "INSERT INTO keyring.keys (key_id, subject, key)"
    " SELECT * FROM unnest(%s::text[], %s::text[], %b::bytea[]) AS made(key_id, subject, key)"
    " WHERE NOT EXISTS (SELECT FROM keyring.missing_keys m WHERE m.subject = made.subject AND NOT m.abandoned)"
    " ON CONFLICT (subject) DO NOTHING RETURNING key_id, subject, key"
)
_SELECT = "SELECT key_id, subject, key FROM keyring.keys"
_BARRED = "SELECT subject, key_id FROM keyring.missing_keys WHERE subject = ANY(%s) AND NOT abandoned"
_DOUBTFUL = (
    "SELECT EXISTS (SELECT FROM keyring.missing_keys WHERE NOT abandoned)"
    " OR (%s::text IS NOT NULL AND NOT EXISTS (SELECT FROM keyring.keys WHERE key_id = %s))"
)
_BY_IDS = (
    "SELECT key_id, subject, key FROM keyring.keys WHERE key_id = ANY(%(ids)s)"
    " UNION ALL SELECT key_id, subject, key FROM keyring.former_keys WHERE key_id = ANY(%(ids)s)"
)
_DESTROY = (
    "WITH former AS (UPDATE keyring.former_keys SET key = NULL, destroyed_at = coalesce(destroyed_at, now())"
    " WHERE subject = %(subject)s),"
    " now AS (UPDATE keyring.keys SET key = NULL, destroyed_at = coalesce(destroyed_at, now())"
    " WHERE subject = %(subject)s RETURNING key_id) SELECT key_id FROM now"
)
_ERASE = (
    "UPDATE keyring.{table} SET key = NULL, destroyed_at = now() WHERE key_id = ANY(%s) AND key IS NOT NULL"
    " RETURNING key_id"
)
_ERASED_ABSENT = (
    "INSERT INTO keyring.{table} (key_id, subject, destroyed_at)"
    " SELECT key_id, subject, now() FROM unnest(%s::text[], %s::text[]) AS gone(key_id, subject)"
    " WHERE NOT EXISTS (SELECT FROM keyring.keys k WHERE k.key_id = gone.key_id)"
    " AND NOT EXISTS (SELECT FROM keyring.former_keys f WHERE f.key_id = gone.key_id)"
    " ON CONFLICT DO NOTHING RETURNING key_id"
)


def create(session: Session) -> None:
    """Create the tables; safe for several processes at once."""
    with session.transaction():
        session.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        session.execute(SCHEMA)


def made(session: Session, subjects: list[str]) -> list[TupleRow]:
    """(key id, subject, key) of each subject, created where there was none; the key is None when it was destroyed.

    A subject with an earlier key that is missing has no row, unless the loss was accepted.
    """
    rows = session.execute(_INSERT, _columns(subjects)).fetchall()
    there = sorted(set(subjects) - {row[1] for row in rows})
    return rows + (session.execute(_SELECT + " WHERE subject = ANY(%s)", [there]).fetchall() if there else [])


def barred(session: Session, subjects: Sequence[str]) -> dict[str, list[str]]:
    """Subjects that may get no new key -> ids of their missing keys."""
    found: dict[str, list[str]] = {}
    for subject, key_id in session.execute(_BARRED, [list(subjects)]).fetchall():
        found.setdefault(subject, []).append(key_id)
    return found


def by_id(session: Session, key_id: str) -> TupleRow | None:
    """(key id, subject, key) with that id."""
    return session.execute(_BY_IDS, {"ids": [key_id]}).fetchone()


def by_ids(session: Session, key_ids: Sequence[str]) -> list[TupleRow]:
    """(key id, subject, key) of each id that the ring has, destroyed ones included."""
    return session.execute(_BY_IDS, {"ids": list(key_ids)}).fetchall()


def states(session: Session, key_ids: Sequence[str]) -> dict[str, KeyState]:
    """The state of each id."""
    rows = session.execute("SELECT key_id FROM keyring.missing_keys WHERE key_id = ANY(%s) AND abandoned", [[*key_ids]])
    found = dict.fromkeys(key_ids, KeyState.MISSING) | {row[0]: KeyState.ABANDONED for row in rows}
    held = by_ids(session, key_ids)
    return found | {row[0]: KeyState.ERASED if row[2] is None else KeyState.HELD for row in held}


def destroyed(session: Session, subject: str) -> TupleRow | None:
    """Destroy the subject's keys for ever; returns (id of the present one,), None when it never had one."""
    return session.execute(_DESTROY, {"subject": subject}).fetchone()


def erased(session: Session) -> list[KeyEntry]:
    """All destroyed keys."""
    query = "SELECT key_id, subject FROM keyring.{} WHERE key IS NULL"
    rows = session.execute(query.format("keys") + " UNION ALL " + query.format("former_keys")).fetchall()
    return [KeyEntry(*row) for row in rows]


def erase(session: Session, entries: Iterable[KeyEntry]) -> list[str]:
    """Destroy these keys again, and record as destroyed those that the ring lacks; returns the ids that it had."""
    listed = list(entries)
    ids, named = [entry.id for entry in listed], [entry for entry in listed if entry.subject is not None]
    with session.transaction():
        tables = ("keys", "former_keys")
        held = [row[0] for table in tables for row in session.execute(_ERASE.format(table=table), [ids]).fetchall()]
        # a key without a subject, or of a subject that has another key by now, cannot be in the first table
        for table, gone in zip(tables, (named, listed), strict=True):
            columns = [[entry.id for entry in gone], [entry.subject for entry in gone]]
            session.execute(_ERASED_ABSENT.format(table=table), columns)
        session.execute("DELETE FROM keyring.missing_keys WHERE key_id = ANY(%s)", [ids])
    return held


def mark_missing(session: Session, entries: Iterable[KeyEntry], abandoned: bool) -> None:
    """Bar the subjects of these ids from new keys or, when `abandoned`, allow them again."""
    listed = list(entries)
    session.execute(
        "INSERT INTO keyring.missing_keys AS m (key_id, subject, abandoned)"
        " SELECT key_id, subject, %s FROM unnest(%s::text[], %s::text[]) AS t(key_id, subject)"
        " ON CONFLICT (key_id) DO UPDATE SET subject = coalesce(m.subject, excluded.subject),"
        " abandoned = m.abandoned OR excluded.abandoned",
        [abandoned, [entry.id for entry in listed], [entry.subject for entry in listed]],
    )


def unmark_held(session: Session) -> None:
    """Remove ids from the list of missing keys that the ring has again."""
    session.execute(
        "DELETE FROM keyring.missing_keys m USING keyring.keys k WHERE k.key_id = m.key_id;"
        "DELETE FROM keyring.missing_keys m USING keyring.former_keys f WHERE f.key_id = m.key_id"
    )


def doubtful(session: Session, newest: str | None) -> bool:
    """Whether the ring may lack keys of facts: some are missing, or the newest key of the last check is gone."""
    row = session.execute(_DOUBTFUL, [newest, newest]).fetchone()
    return row is not None and bool(row[0])


def newest(session: Session) -> str | None:
    """The id of the key created last."""
    row = session.execute("SELECT key_id FROM keyring.keys ORDER BY created DESC LIMIT 1").fetchone()
    return None if row is None else str(row[0])


def copied(session: Session, other: Session) -> int:
    """Copy every key of another ring that this one neither has nor has recorded as destroyed; returns their number."""
    new, rows = 0, other.execute(_SELECT + " WHERE key IS NOT NULL ORDER BY key_id")
    while page := rows.fetchmany(1000):
        with session.transaction():
            new += sum(_copy(session, row) for row in page)
    unmark_held(session)
    return new


def _copy(session: Session, row: TupleRow) -> int:
    if by_id(session, row[0]) is not None:
        return 0
    insert = "INSERT INTO keyring.{} (key_id, subject, key) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING"
    done = session.execute(insert.format("keys"), row).rowcount
    return done or session.execute(insert.format("former_keys"), row).rowcount


def _columns(subjects: list[str]) -> list[list[Any]]:
    # in the same order everywhere, so that two processes that create the same keys cannot deadlock
    return [[uuid4().hex for _ in subjects], sorted(subjects), [new_secret() for _ in subjects]]
