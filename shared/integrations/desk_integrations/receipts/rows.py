"""Rows of receipts: a verified callback is stored before it is answered, and its record is read afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

from desk.eventstore.connections.lease_holders import END, MINE, Leased
from desk.eventstore.table_writer import DbCursor, Row, TableWriter
from desk_integrations.table_prefix import TablePrefix

TABLES = (
    "CREATE TABLE {prefix}_receipts (id bigserial PRIMARY KEY, instance text NOT NULL, dedup text NOT NULL,"
    " type text NOT NULL, record text NOT NULL, action text NOT NULL, member text NOT NULL, body bytea NOT NULL,"
    " traceparent text NOT NULL DEFAULT '', received timestamptz NOT NULL DEFAULT now(),"
    " state text NOT NULL DEFAULT 'unread', tries int NOT NULL DEFAULT 0, next timestamptz NOT NULL DEFAULT now(),"
    " leased timestamptz, detail text NOT NULL DEFAULT '', ended timestamptz, UNIQUE (instance, dedup))"
    " WITH (fillfactor = 70)",
    "CREATE INDEX {prefix}_receipts_unread_idx ON {prefix}_receipts (next, id) WHERE state = 'unread'",
    "CREATE INDEX {prefix}_receipts_record_idx ON {prefix}_receipts (instance, type, record) WHERE state = 'unread'",
)
"""The table, for the owner's migration."""
LEASE = timedelta(seconds=120)
KEPT = timedelta(days=400)
"""Age from which read receipts are deleted: a callback that is repeated later is read as a new one."""
STORE = (
    "INSERT INTO {prefix}_receipts (instance, dedup, type, record, action, member, body, traceparent)"
    " VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (instance, dedup) DO NOTHING RETURNING id"
)
TAKE = (
    "WITH due AS (SELECT DISTINCT ON (r.instance, r.type, r.record) r.instance, r.type, r.record, r.id"  # noqa: S608
    " FROM {prefix}_receipts r WHERE r.state = 'unread' AND r.instance = ANY(%s) AND r.next <= now()"
    " AND (r.leased IS NULL OR r.leased < now())"
    " AND NOT EXISTS (SELECT FROM {prefix}_receipts o WHERE o.state = 'unread' AND o.leased > now()"
    " AND o.instance = r.instance AND o.type = r.type AND o.record = r.record)"
    " ORDER BY r.instance, r.type, r.record, r.id),"
    " chosen AS (SELECT * FROM due ORDER BY id LIMIT %s)"
    " UPDATE {prefix}_receipts p SET leased = " + END + " FROM chosen c WHERE p.state = 'unread'"
    " AND p.instance = c.instance AND p.type = c.type AND p.record = c.record"
    " RETURNING p.id, p.instance, p.type, p.record, p.action, p.member, p.body, p.traceparent, p.tries"
)
READ = (
    "UPDATE {prefix}_receipts SET state = 'read', leased = NULL, body = ''::bytea, detail = %s, ended = now()"
    " WHERE id = ANY(%s) AND state = 'unread'"
)
LEAVE = (
    "UPDATE {prefix}_receipts SET leased = NULL, tries = tries + %s, next = now() + %s, detail = %s"
    " WHERE id = ANY(%s) AND state = 'unread'"
)
GIVE_BACK = "UPDATE {prefix}_receipts SET leased = NULL WHERE state = 'unread' AND " + MINE  # noqa: S608
COUNT = "SELECT count(*) FROM (SELECT FROM {prefix}_receipts WHERE state = 'unread' LIMIT %s) AS waiting"
PURGE = "DELETE FROM {prefix}_receipts WHERE state = 'read' AND ended < now() - %s"


class Receipt(NamedTuple):
    """One stored callback. `body` is the raw body; it holds personal data and is emptied once it was read."""

    id: int
    instance: str
    type: str
    record: str
    action: str
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
    action: str
    member: str
    body: bytes
    traceparent: str


class ReceiptRows:
    """Statements on the receipts of one set of tables.

    `answered` writes rows (receipt id): read, in the transaction of the resulting facts.
    """

    def __init__(self, prefix: TablePrefix) -> None:
        self._store, self._take, self._read, self._leave = prefix(STORE), prefix(TAKE), prefix(READ), prefix(LEAVE)
        self._give_back, self._count, self._purge = prefix(GIVE_BACK), prefix(COUNT), prefix(PURGE)
        # one claimer at a time, so that two processes never claim receipts of one record
        self._claim_lock = int.from_bytes(f"{prefix.name}_read".encode()[:8])
        self.in_hand = Leased(f"{prefix.name}_receipts", "state = 'unread'")
        self.answered = TableWriter(f"{prefix.name} receipts read", 12, self._write_read)

    def store(self, cursor: DbCursor, incoming: IncomingCallback) -> bool:
        """Store a callback; False if it is a duplicate."""
        return cursor.execute(self._store, incoming).fetchone() is not None

    def claim(self, cursor: DbCursor, instances: Sequence[str], records: int, token: int) -> list[list[Receipt]]:
        """Lease all unread receipts of up to `records` records; grouped by record, in order of arrival."""
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", (self._claim_lock,))
        found: dict[tuple[str, str, str], list[Receipt]] = {}
        for row in sorted(cursor.execute(self._take, (list(instances), records, LEASE, token)).fetchall()):
            receipt = Receipt(*row)
            found.setdefault((receipt.instance, receipt.type, receipt.record), []).append(receipt)
        return list(found.values())

    def return_claims(self, cursor: DbCursor, token: int) -> None:
        """Return all receipts that this taker has leased."""
        cursor.execute(self._give_back, (token,))

    def defer(self, cursor: DbCursor, ids: Sequence[int], pause: timedelta, detail: str, tried: int = 1) -> None:
        """Defer receipts after no answer or an unreadable one. `tried` 0: the try does not count."""
        cursor.execute(self._leave, (tried, pause, detail, list(ids)))

    def mark_read(self, cursor: DbCursor, ids: Sequence[int], detail: str = "") -> None:
        """Mark receipts as read without facts."""
        cursor.execute(self._read, (detail, list(ids)))

    def unread(self, cursor: DbCursor, up_to: int) -> int:
        """The number of unread receipts, counted up to `up_to`."""
        row = cursor.execute(self._count, (up_to,)).fetchone()
        return int(row[0]) if row else 0

    def purge(self, cursor: DbCursor) -> None:
        """Delete read receipts beyond their retention."""
        cursor.execute(self._purge, (KEPT,))

    def _write_read(self, cursor: DbCursor, rows: list[Row]) -> None:
        cursor.execute(self._read, ("", [identity for (identity,) in rows]))
