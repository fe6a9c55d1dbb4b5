"""The row of a store's relay: the store's incarnation (epoch), the last position published, the state of a recovery."""

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
"""Cluster, timeline, database, table, its file: another one after a restore, a fail-over or a rewrite of the table."""
BEGIN = (
    "UPDATE relay SET epoch = gen_random_uuid(), storage = %(now)s,"
    " recovering = coalesce(recovering, (SELECT coalesce(max(notification_id), 0) FROM stored_events))"
    " WHERE recovering IS NULL OR storage IS DISTINCT FROM %(now)s"
)
"""A copy that was made while a store recovered needs a new epoch as well: in its own, peers have read on."""
DOUBT_OPEN = (
    "UPDATE effects SET state = 'unknown', leased = NULL, next = now(),"
    " detail = 'the store was restored: the call may have been made' WHERE state IN ('planned', 'sent')"
)
BY_HAND = "restored"


class RelayPosition(NamedTuple):
    """`epoch` changes when a store begins anew or was restored; `position` is a notification id."""

    epoch: str
    position: int


class Recovery(NamedTuple):
    """`since`: the last notification id before the recovery that is not complete yet, None without one. `until`: the
    recordedtime of the last fact that a peer had recorded when the store was last recovered."""

    epoch: str
    since: int | None
    until: datetime | None


def relay_position(cursor: DbCursor) -> RelayPosition:
    """The row as it is saved."""
    row = cursor.execute("SELECT epoch::text, position FROM relay").fetchone()
    if row is None:
        raise LookupError("the table relay is empty: migrate the schema")
    return RelayPosition(*row)


def save(cursor: DbCursor, to: RelayPosition) -> None:
    """Everything up to `to.position` is published. Never goes back."""
    cursor.execute(SAVE, (to.position, to.epoch))


def recovery(cursor: DbCursor) -> Recovery:
    """The state of the last recovery."""
    row = cursor.execute("SELECT epoch::text, recovering, recovered FROM relay").fetchone()
    if row is None:
        raise LookupError("the table relay is empty: migrate the schema")
    return Recovery(*row)


def storage(cursor: DbCursor) -> str:
    """The identity of the storage below this store."""
    row = cursor.execute(STORAGE).fetchone()
    return str(row[0]) if row else ""


def copied(cursor: DbCursor) -> bool:
    """Whether the store is on other storage than it was last used on, or an operator said that it was restored. A
    store that was never used by this release takes its storage as it is."""
    now = storage(cursor)
    cursor.execute("UPDATE relay SET storage = %s WHERE storage IS NULL", (now,))
    row = cursor.execute("SELECT storage FROM relay").fetchone()
    return row is not None and row[0] != now


def begin(cursor: DbCursor) -> None:
    """Begin a recovery with a new epoch, unless one is under way on this storage. Open calls may have been made."""
    cursor.execute("SELECT 1 FROM relay FOR UPDATE")
    if cursor.execute(BEGIN, {"now": storage(cursor)}).rowcount:
        cursor.execute(DOUBT_OPEN)


def reach(cursor: DbCursor, until: datetime) -> None:
    """Facts that peers recorded up to this time may have been answered by calls before the recovery."""
    cursor.execute("UPDATE relay SET recovered = greatest(recovered, %s)", (until,))


def complete(cursor: DbCursor) -> None:
    """The recovery is complete."""
    cursor.execute("UPDATE relay SET recovering = NULL")


def add_dropped(cursor: DbCursor, records: int) -> None:
    """So many records were dropped from topics before they were read here."""
    cursor.execute("UPDATE relay SET dropped = dropped + %s", (records,))


def dropped(cursor: DbCursor) -> int:
    """Records that topics dropped unread and that their owners were not asked for yet."""
    row = cursor.execute("SELECT dropped FROM relay").fetchone()
    return int(row[0]) if row else 0


def made_up_for(cursor: DbCursor, records: int) -> None:
    """The owners were asked for what these records held."""
    cursor.execute("UPDATE relay SET dropped = greatest(0, dropped - %s)", (records,))


def say_restored(cursor: DbCursor) -> None:
    """An operator's word: at its next start the store begins a new epoch, whatever it can notice by itself."""
    cursor.execute("UPDATE relay SET storage = %s", (BY_HAND,))
