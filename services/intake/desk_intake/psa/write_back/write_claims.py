"""Claims that allow one write per record at a time, and the detection of fields that flip-flop."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from psycopg.types.json import Jsonb

from desk.eventstore.table_writer import DbCursor
from desk_intake.psa.receive.stale_reads import mark_record_written
from desk_integrations.instance_access import RecordBusy

CLAIM = (
    "INSERT INTO psa_writes (instance, record, effect, fields, shown, was) VALUES (%s, %s, %s, %s, %s, %s)"
    " ON CONFLICT (instance, record) DO UPDATE SET effect = excluded.effect, fields = excluded.fields,"
    " shown = excluded.shown, was = excluded.was, made = NULL, at = now() WHERE psa_writes.effect = excluded.effect"
    " OR NOT EXISTS (SELECT FROM effects e WHERE e.id = psa_writes.effect AND e.state IN ('sent', 'unknown'))"
    " RETURNING 1"
)
WRITTEN = (
    "SELECT w.fields, w.effect, e.state, w.made, w.was FROM psa_writes w LEFT JOIN effects e ON e.id = w.effect"
    " WHERE w.instance = %s AND w.record = %s"
)
LAST = (
    "SELECT value FROM psa_written WHERE instance = %s AND record = %s AND field = %s"
    " AND at > now() - interval '1 hour' ORDER BY at DESC LIMIT 1"
)
FLIPS = (
    "SELECT count(*) FROM psa_written WHERE instance = %s AND record = %s AND field = %s AND flip"
    " AND at > now() - interval '1 hour'"
)
CLAIMED = "SELECT fields, shown, was FROM psa_writes WHERE instance = %s AND record = %s AND effect = %s"
MADE = "UPDATE psa_writes SET made = %s WHERE instance = %s AND record = %s AND effect = %s"
STOPPED = "SELECT field FROM psa_stopped WHERE instance = %s AND record = %s"
STOP = "INSERT INTO psa_stopped (instance, record, field) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING"
PURGE = "DELETE FROM psa_written WHERE at < now() - %s"
KEPT = timedelta(days=7)
"""Age from which flip-flopping fields are not detected."""
OVERWRITTEN = "INSERT INTO psa_written (instance, record, field, value, flip) VALUES (%s, %s, %s, %s, %s)"
MOST_FLIPS = 3


class Claim(NamedTuple):
    """A call's intended write: fields with their new values, triage's ownerseq that they cover, and the one that the
    PSA showed before (`was`).
    """

    instance: str
    record: str
    effect: UUID
    fields: Mapping[str, str | None]
    written_back_seq: int
    was: int = 0


class WriteInFlight(RecordBusy):
    """A call of ours on this record is in flight; the record is read after it has ended."""

    reason = "a call of ours is under way"


class LastWrite(NamedTuple):
    """The record's last write: its fields, the call and its state, the time of the write by the PSA's clock (`made`),
    and triage's ownerseq that the PSA showed before (`was`).
    """

    fields: Mapping[str, str | None]
    effect: UUID
    state: str | None
    made: datetime | None
    was: int

    @property
    def in_doubt(self) -> bool:
        """Whether the write may have been made without its outcome being recorded."""
        return self.state in ("sent", "unknown")

    @property
    def pending(self) -> Mapping[str, str | None]:
        return self.fields if self.in_doubt or self.state == "planned" else {}


def claim(cursor: DbCursor, wanted: Claim) -> bool:
    """Claim the record for this call; False while another call on it may be in flight."""
    values = (
        wanted.instance,
        wanted.record,
        wanted.effect,
        Jsonb(dict(wanted.fields)),
        wanted.written_back_seq,
        wanted.was,
    )
    return cursor.execute(CLAIM, values).fetchone() is not None


def claimed(cursor: DbCursor, instance: str, record: str, effect: UUID) -> Claim | None:
    """The claim of a call, if it is the record's newest."""
    row = cursor.execute(CLAIMED, (instance, record, effect)).fetchone()
    return Claim(instance, record, effect, *row) if row else None


def mark_written(cursor: DbCursor, done: Claim, at: datetime) -> None:
    """Store that the claim was written at `at`, by the PSA's clock."""
    cursor.execute(MADE, (at, done.instance, done.record, done.effect))
    mark_record_written(cursor, done.instance, done.record)


def last_write(cursor: DbCursor, instance: str, record: str) -> LastWrite | None:
    """The newest write to the record, or None."""
    row = cursor.execute(WRITTEN, (instance, record)).fetchone()
    return LastWrite(*row) if row else None


def flip_flopping(cursor: DbCursor, wanted: Claim, psa_fields: Mapping[str, str | None]) -> str | None:
    """A field that people changed back after our writes more often than `MOST_FLIPS`; writing is then stopped."""
    place = (wanted.instance, wanted.record)
    stopped = cursor.execute(STOPPED, place).fetchone()
    if stopped:
        return str(stopped[0])
    for field in wanted.fields:
        row = cursor.execute(FLIPS, (*place, field)).fetchone()
        if row and row[0] >= MOST_FLIPS and _flips(cursor, wanted, field, psa_fields):
            cursor.execute(STOP, (*place, field))
            return field
    return None


def record_overwrites(cursor: DbCursor, done: Claim, psa_fields: Mapping[str, str | None]) -> None:
    """Store the values that a write replaced, to detect flip-flopping."""
    for field, value in done.fields.items():
        flip = _flips(cursor, done, field, psa_fields)
        cursor.execute(OVERWRITTEN, (done.instance, done.record, field, value, flip))


def _flips(cursor: DbCursor, wanted: Claim, field: str, psa_fields: Mapping[str, str | None]) -> bool:
    """Whether somebody changed the field after our last write of it, within the hour."""
    last = cursor.execute(LAST, (wanted.instance, wanted.record, field)).fetchone()
    return last is not None and last[0] != psa_fields.get(field)


def purge_written(cursor: DbCursor) -> None:
    """Delete overwritten values beyond their retention."""
    cursor.execute(PURGE, (KEPT,))
