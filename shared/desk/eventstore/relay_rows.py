"""The row of a store's relay: the store's epoch, the last position published, the state of a recovery."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from desk.eventstore.table_writer import DbCursor

SAVE = "UPDATE relay SET position = greatest(position, %s) WHERE epoch::text = %s"
STORAGE = (
    "SELECT concat_ws('/', control.system_identifier, left(pg_walfile_name(pg_current_wal_insert_lsn()), 8), base.oid,"
    " 'stored_events'::regclass::oid, pg_relation_filenode('stored_events')) FROM pg_control_system() AS control,"
    " pg_database AS base WHERE base.datname = current_database()"
)
"""Cluster, timeline, database, table and its file. Changes with a restore, a fail-over or a rewrite of the table."""
BEGIN = (
    "UPDATE relay SET epoch = gen_random_uuid(), storage = %(now)s,"
    " recovering = coalesce(recovering, (SELECT coalesce(max(notification_id), 0) FROM stored_events))"
    " WHERE recovering IS NULL OR storage IS DISTINCT FROM %(now)s"
)
"""A copy taken during a recovery needs a new epoch as well: peers have read further in its old one."""
DOUBT_OPEN = (
    "UPDATE effects SET state = 'unknown', leased = NULL, next = now(),"
    " detail = 'the store was restored: the call may have been made' WHERE state IN ('planned', 'sent')"
)
BY_HAND = "restored"


class RelayPosition(NamedTuple):
    """`epoch` changes when a store is created again or restored; `position` is a notification id."""

    epoch: str
    position: int


class Recovery(NamedTuple):
    """`since`: the last notification id before the recovery in progress; None without one. `until`: the recordedtime of
    the last fact of any peer when the store was last recovered."""

    epoch: str
    since: int | None
    until: datetime | None


def relay_position(cursor: DbCursor) -> RelayPosition:
    """The stored epoch and position."""
    row = cursor.execute("SELECT epoch::text, position FROM relay").fetchone()
    if row is None:
        raise LookupError("the table relay is empty: migrate the schema")
    return RelayPosition(*row)


def save(cursor: DbCursor, to: RelayPosition) -> None:
    """Save that everything up to `to.position` is published. Never goes back."""
    cursor.execute(SAVE, (to.position, to.epoch))


def recovery(cursor: DbCursor) -> Recovery:
    """The state of the last recovery."""
    row = cursor.execute("SELECT epoch::text, recovering, recovered FROM relay").fetchone()
    if row is None:
        raise LookupError("the table relay is empty: migrate the schema")
    return Recovery(*row)


def storage(cursor: DbCursor) -> str:
    """The identity of the storage of this store."""
    row = cursor.execute(STORAGE).fetchone()
    return str(row[0]) if row else ""


def copied(cursor: DbCursor) -> bool:
    """Whether the store's storage has changed since its last use, or an operator declared it restored. A store first
    used by this release only notes its storage."""
    now = storage(cursor)
    cursor.execute("UPDATE relay SET storage = %s WHERE storage IS NULL", (now,))
    row = cursor.execute("SELECT storage FROM relay").fetchone()
    return row is not None and row[0] != now


def begin(cursor: DbCursor) -> None:
    """Begin a recovery with a new epoch, unless one is in progress on this storage. Open calls become unknown."""
    cursor.execute("SELECT 1 FROM relay FOR UPDATE")
    if cursor.execute(BEGIN, {"now": storage(cursor)}).rowcount:
        cursor.execute(DOUBT_OPEN)


def reach(cursor: DbCursor, until: datetime) -> None:
    """Save that the calls of facts that were recorded up to this time may have been made before the recovery."""
    cursor.execute("UPDATE relay SET recovered = greatest(recovered, %s)", (until,))


def complete(cursor: DbCursor) -> None:
    """Save that the recovery is complete."""
    cursor.execute("UPDATE relay SET recovering = NULL")


def add_dropped(cursor: DbCursor, records: int) -> None:
    """Count records that topics dropped before they were read here."""
    cursor.execute("UPDATE relay SET dropped = dropped + %s", (records,))


def dropped(cursor: DbCursor) -> int:
    """The number of records that topics dropped unread and that were not fetched from their owners yet."""
    row = cursor.execute("SELECT dropped FROM relay").fetchone()
    return int(row[0]) if row else 0


def subtract_dropped(cursor: DbCursor, records: int) -> None:
    """Note that the facts of this many dropped records were fetched from their owners."""
    cursor.execute("UPDATE relay SET dropped = greatest(0, dropped - %s)", (records,))


def declare_restored(cursor: DbCursor) -> None:
    """Declare the store restored: it begins a new epoch at its next start, whatever it detects by itself."""
    cursor.execute("UPDATE relay SET storage = %s", (BY_HAND,))
