"""Rows of receipts: a verified callback is stored before it is answered, and its record is read afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Literal, NamedTuple

from desk.eventstore.connections.leases import END, MINE, Leased
from desk.eventstore.table_writer import DbCursor, Row, TableWriter

LEASE = timedelta(seconds=120)
CLAIM_LOCK = 0x7073615F72656164
"""Advisory lock: one claimer at a time, so that two processes never claim receipts of one record."""
STORE = (
    "INSERT INTO psa_receipts (instance, dedup, type, record, action, member, body, traceparent)"
    " VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (instance, dedup) DO NOTHING RETURNING id"
)
TAKE = (
    "WITH due AS (SELECT DISTINCT ON (r.instance, r.type, r.record) r.instance, r.type, r.record, r.id"  # noqa: S608
    " FROM psa_receipts r WHERE r.state = 'unread' AND r.instance = ANY(%s) AND r.next <= now()"
    " AND (r.leased IS NULL OR r.leased < now())"
    " AND NOT EXISTS (SELECT FROM psa_receipts o WHERE o.state = 'unread' AND o.leased > now()"
    " AND o.instance = r.instance AND o.type = r.type AND o.record = r.record)"
    " ORDER BY r.instance, r.type, r.record, r.id),"
    " chosen AS (SELECT * FROM due ORDER BY id LIMIT %s)"
    f" UPDATE psa_receipts p SET leased = {END} FROM chosen c WHERE p.state = 'unread'"
    " AND p.instance = c.instance AND p.type = c.type AND p.record = c.record"
    " RETURNING p.id, p.instance, p.type, p.record, p.action, p.member, p.body, p.traceparent, p.tries"
)
READ = (
    "UPDATE psa_receipts SET state = 'read', leased = NULL, body = ''::bytea, detail = %s, ended = now()"
    " WHERE id = ANY(%s) AND state = 'unread'"
)
LEAVE = (
    "UPDATE psa_receipts SET leased = NULL, tries = tries + %s, next = now() + %s, detail = %s"
    " WHERE id = ANY(%s) AND state = 'unread'"
)
GIVE_BACK = f"UPDATE psa_receipts SET leased = NULL WHERE state = 'unread' AND {MINE}"  # noqa: S608
IN_HAND = Leased("psa_receipts", "state = 'unread'")
COUNT = "SELECT count(*) FROM (SELECT FROM psa_receipts WHERE state = 'unread' LIMIT %s) AS waiting"
PURGES = (
    ("DELETE FROM psa_receipts WHERE state = 'read' AND ended < now() - %s", timedelta(days=400)),
    ("DELETE FROM psa_revisions WHERE seen < now() - %s", timedelta(days=180)),
    ("DELETE FROM psa_written WHERE at < now() - %s", timedelta(days=7)),
)
"""Retention: replays, late states and flip-flopping fields are not detected beyond these ages."""
Action = Literal["added", "updated", "deleted"]


class Receipt(NamedTuple):
    """One stored callback. `body` is the raw body; it holds personal data and is emptied once it was read."""

    id: int
    instance: str
    type: str
    record: str
    action: Action
    member: str
    body: bytes
    traceparent: str
    tries: int


class IncomingCallback(NamedTuple):
    """A verified callback to store."""

    instance: str
    dedup: str
    type: str
    record: str
    action: Action
    member: str
    body: bytes
    traceparent: str


def store_callback(cursor: DbCursor, incoming: IncomingCallback) -> bool:
    """Store a callback; False if it is a duplicate."""
    return cursor.execute(STORE, incoming).fetchone() is not None


def claim_receipts(cursor: DbCursor, instances: Sequence[str], records: int, token: int) -> list[list[Receipt]]:
    """Lease all unread receipts of up to `records` records; grouped by record, in order of arrival."""
    cursor.execute("SELECT pg_advisory_xact_lock(%s)", (CLAIM_LOCK,))
    found: dict[tuple[str, str, str], list[Receipt]] = {}
    for row in sorted(cursor.execute(TAKE, (list(instances), records, LEASE, token)).fetchall()):
        receipt = Receipt(*row)
        found.setdefault((receipt.instance, receipt.type, receipt.record), []).append(receipt)
    return list(found.values())


def return_claims(cursor: DbCursor, token: int) -> None:
    """Return all receipts that this taker has leased."""
    cursor.execute(GIVE_BACK, (token,))


def defer_receipts(cursor: DbCursor, ids: Sequence[int], pause: timedelta, detail: str, tried: int = 1) -> None:
    """Defer receipts after no answer or an unreadable one. `tried` 0: the try does not count."""
    cursor.execute(LEAVE, (tried, pause, detail, list(ids)))


def mark_read(cursor: DbCursor, ids: Sequence[int], detail: str = "") -> None:
    """Mark receipts as read without facts."""
    cursor.execute(READ, (detail, list(ids)))


def unread(cursor: DbCursor, up_to: int) -> int:
    """The number of unread receipts, counted up to `up_to`."""
    row = cursor.execute(COUNT, (up_to,)).fetchone()
    return int(row[0]) if row else 0


def purge(cursor: DbCursor) -> None:
    """Delete rows beyond their retention."""
    for statement, age in PURGES:
        cursor.execute(statement, (age,))


def _read(cursor: DbCursor, rows: list[Row]) -> None:
    cursor.execute(READ, ("", [identity for (identity,) in rows]))


RECEIPTS_READ = TableWriter("psa receipts read", 12, _read)
"""Rows (receipt id): read, in the transaction of the resulting facts."""
