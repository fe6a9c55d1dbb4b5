"""Rows of the parking table: records that cannot be applied, and the later ones of their aggregates, in order."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec

from desk.eventstore.table_writer import DbCursor, Row, TableWriter, columns
from desk.inbox.ports import RawRecord
from desk.inbox.record_validation import Cause, Incoming

PARK = (
    "INSERT INTO parked (aggregate, topic, key, value, headers, cause, detail, owner, ownerseq, event_id)"
    " SELECT * FROM unnest(%b::text[], %b::text[], %b::text[], %b::bytea[], %b::bytea[], %b::text[], %b::text[],"
    " %b::text[], %b::bigint[], %b::uuid[]) ON CONFLICT DO NOTHING"
)
HELD = (
    "SELECT DISTINCT aggregate, NULL::uuid FROM parked WHERE state = 'waiting' AND aggregate = ANY(%b)"
    " UNION ALL SELECT NULL, cause FROM answers WHERE cause = ANY(%b)"
)
COLUMNS = (
    "id, aggregate, topic, key, value, headers, cause, detail, owner, ownerseq, event_id, parked, tries, state, reason"
)
NO_HEADERS = "its headers cannot be read; "
_HEADERS = msgspec.msgpack.Decoder(tuple[tuple[str, bytes], ...])


class Parked(NamedTuple):
    """One parked record with its cause; `behind`: it only waits for an earlier one of its aggregate."""

    id: int
    aggregate: str
    record: RawRecord
    cause: Cause
    detail: str
    owner: str
    ownerseq: int
    event_id: UUID | None
    parked: datetime
    tries: int
    state: str
    reason: str


def parked_row(found: Incoming, cause: Cause, detail: str = "") -> Row:
    """The row of a record to be parked."""
    record, event = found.record, found.event
    key = record.key.decode(errors="replace") if isinstance(record.key, bytes) else record.key or ""
    headers = msgspec.msgpack.encode(record.headers)
    identity = (event.owner, event.ownerseq, event.id) if event is not None else ("", 0, None)
    return (found.aggregate, record.topic, key.replace("\x00", "?"), record.value, headers, cause, detail, *identity)


def signed_row(found: Incoming) -> Row:
    """The row (of `SIGNED`) of a record with a good signature: it gives its headers to the same bytes parked before."""
    return (msgspec.msgpack.encode(found.record.headers), found.aggregate, found.raw)


def _park(cursor: DbCursor, rows: list[Row]) -> None:
    cursor.execute(PARK, columns(rows), prepare=True)


def _unpark(cursor: DbCursor, rows: list[Row]) -> None:
    cursor.execute("DELETE FROM parked WHERE id = ANY(%b)", ([row[0] for row in rows],), prepare=True)


def _judge(cursor: DbCursor, rows: list[Row]) -> None:
    statement = "UPDATE parked SET cause = %s, detail = %s, tries = tries + 1 WHERE id = %s AND state = 'waiting'"
    for row in rows:
        cursor.execute(statement, row)


def _skip(cursor: DbCursor, rows: list[Row]) -> None:
    statement = "UPDATE parked SET state = 'skipped', reason = %s, ended = now() WHERE id = %s AND state = 'waiting'"
    for row in rows:
        cursor.execute(statement, row)


def _signed(cursor: DbCursor, rows: list[Row]) -> None:
    statement = (
        "UPDATE parked SET headers = %s WHERE state = 'waiting' AND aggregate = %s"
        " AND md5(coalesce(value, ''::bytea)) = md5(%s::bytea) AND value = %s"
    )
    for headers, aggregate, value in rows:
        cursor.execute(statement, (headers, aggregate, value, value))


PARKED = TableWriter("parked", 60, _park)
UNPARKED = TableWriter("unparked", 61, _unpark)
JUDGED = TableWriter("parked again", 62, _judge)
SIGNED = TableWriter("parked with a signature", 65, _signed)
SKIPPED_BY_HAND = TableWriter("skipped", 63, _skip)


class Held(NamedTuple):
    """Facts about a batch before it is applied: aggregates with parked records, behind which later facts must wait, and
    events to which a recovered own fact is the reaction."""

    aggregates: set[str]
    answered: set[UUID]


def held(cursor: DbCursor, aggregates: list[str], events: list[UUID]) -> Held:
    """Both for a batch, in one query."""
    cursor.execute(HELD, (aggregates, events), prepare=True)
    rows = list(cursor)
    return Held({row[0] for row in rows if row[0] is not None}, {row[1] for row in rows if row[0] is None})


def waiting(cursor: DbCursor, aggregate: str) -> list[Parked]:
    """The waiting records of one aggregate, in order."""
    where = "WHERE state = 'waiting' AND aggregate = %s ORDER BY id"
    return [parked_of(row) for row in cursor.execute(f"SELECT {COLUMNS} FROM parked {where}", (aggregate,))]  # noqa: S608


def parked_of(row: Row) -> Parked:
    """Read a row (`COLUMNS`). When its headers cannot be read they are left out and `detail` says so, so that the other
    rows can still be listed, counted and retried."""
    identity, aggregate, topic, key, value, packed, cause, detail, *more = row
    try:
        headers = _HEADERS.decode(packed)
    except (msgspec.MsgspecError, ValueError):
        headers, detail = (), f"{NO_HEADERS}{detail}"
    return Parked(identity, aggregate, RawRecord(topic, key, value, headers), cause, detail, *more)
