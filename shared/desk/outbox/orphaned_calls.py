"""Recovers calls of ended processes and of earlier runs: a call in doubt is looked up before it is made."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from desk.eventstore.table_writer import DbCursor
from desk.outbox.ledger import OPEN

LOST = "the process that sent it ended before its outcome was recorded"
BEGIN = f"UPDATE effects SET doubted = doubted OR state = 'planned', next = now(), pauses = 0 WHERE {OPEN}"  # noqa: S608
HOLDERS = f"SELECT DISTINCT holder FROM effects WHERE {OPEN} AND leased > now() AND holder IS NOT NULL"  # noqa: S608
RELEASE = (
    "UPDATE effects SET state = CASE state WHEN 'sent' THEN 'unknown' ELSE state END,"  # noqa: S608
    " detail = CASE state WHEN 'sent' THEN %s ELSE detail END,"
    " leased = CASE WHEN state = 'planned' AND tries = 0 THEN now() END, holder = NULL, next = now()"
    f" WHERE {OPEN} AND leased > now() AND (holder = ANY(%s) OR (holder = %s AND id <> ALL(%s)))"
)


def begin(cursor: DbCursor) -> None:
    """Doubt every planned call, since the store may be an older copy and the call made already.

    All open calls become due; pauses are dropped, because credentials and addresses may have changed.
    """
    cursor.execute(BEGIN)


def holders(cursor: DbCursor) -> set[int]:
    """The processes that hold calls."""
    return {row[0] for row in cursor.execute(HOLDERS)}


def release(cursor: DbCursor, ended: Collection[int], own: int, in_hand: Collection[UUID]) -> int:
    """Make the calls of ended processes due, and calls of this process that it no longer works on; returns their
    number.

    A sent call becomes unknown.
    """
    return cursor.execute(RELEASE, (LOST, list(ended), own, list(in_hand))).rowcount
