"""Rows of the ledger of outbound calls, as they are planned."""

from __future__ import annotations

from uuid import UUID, uuid5

from desk.contract.event import Event
from desk.decision.planning import Intent
from desk.eventstore.table_writer import DbCursor, Row, TableWriter, columns

PLAN = (
    "INSERT INTO effects (id, aggregate, kind, client, cause, correlation, traceparent, data)"
    " SELECT * FROM unnest(%b::uuid[], %b::text[], %b::text[], %b::text[], %b::uuid[], %b::uuid[], %b::text[],"
    " %b::bytea[]) ON CONFLICT DO NOTHING"
)

DOUBT = (
    "INSERT INTO effects (id, aggregate, kind, client, cause, correlation, traceparent, data, state, detail)"
    " SELECT *, 'unknown', 'the store was restored: the call may have been made' FROM unnest(%b::uuid[], %b::text[],"
    " %b::text[], %b::text[], %b::uuid[], %b::uuid[], %b::text[], %b::bytea[]) ON CONFLICT DO NOTHING"
)


def effect_id(cause: Event, intent: Intent) -> UUID:
    """The id of a planned call, also its idempotency key at the vendor. The same however often it is planned."""
    return uuid5(cause.id, f"effect|{intent.kind}|{intent.key}")


def planned(aggregate: str, cause: Event, intent: Intent) -> Row:
    """The ledger's row of a call that `cause` requires."""
    identity = effect_id(cause, intent)
    trace = (cause.id, cause.correlationid, cause.traceparent)
    return (identity, aggregate, intent.kind, intent.client, *trace, intent.data)


def _plan(cursor: DbCursor, rows: list[Row]) -> None:
    cursor.execute(PLAN, columns(rows), prepare=True)


PLANNED = TableWriter("effects planned", 30, _plan)


def _doubt(cursor: DbCursor, rows: list[Row]) -> None:
    cursor.execute(DOUBT, columns(rows))


DOUBTFUL = TableWriter("effects in doubt", 31, _doubt)
"""Rows as of `planned`, of calls that may have been made: they are looked up at the vendor first."""
