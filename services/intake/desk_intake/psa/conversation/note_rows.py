"""Rows of PSA messages: the ticket of each, whether we wrote it, and the records whose notes are due."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from desk.contract.ticket.intake import facts as f
from desk.contract.ticket.intake import psa
from desk.eventstore.errors import Conflict
from desk.eventstore.table_writer import AppliedEvent, DbCursor, Row, TableWriter
from desk_intake.psa.ids import from_psa, message_id

INSERT = (
    "INSERT INTO psa_notes (message, ticket_id, ours) VALUES (%s, %s, %s)"
    " ON CONFLICT (message) DO UPDATE SET ours = psa_notes.ours OR excluded.ours"
)
TAKE = (
    "INSERT INTO psa_notes (message, ticket_id) VALUES (%s, %s) ON CONFLICT (message)"
    " DO UPDATE SET ticket_id = excluded.ticket_id WHERE psa_notes.ticket_id = excluded.ticket_id"
    " AND NOT psa_notes.ours RETURNING 1"
)
READ = (
    "INSERT INTO psa_reads (instance, record, begun, noted, note_tried) VALUES (%s, %s, %s, %s, now())"
    " ON CONFLICT (instance, record) DO UPDATE SET noted = greatest(psa_reads.noted, excluded.noted),"
    " note_tried = now()"
)
TRIED = "UPDATE psa_reads SET note_tried = now() WHERE instance = %s AND record = %s"
DUE = (
    "SELECT r.record, r.ticket_id FROM psa_records r JOIN tickets t USING (ticket_id)"
    " LEFT JOIN psa_reads p ON p.instance = r.instance AND p.record = r.record"
    " WHERE r.instance = %s AND NOT r.duplicate AND r.gone IS NULL AND t.origin <> 'import'"
)
OPEN = " AND t.status NOT IN ('closed', 'cancelled', 'merged', 'gone')"
RECENT = " AND (t.updated_at > now() - interval '30 days' OR t.status NOT IN ('closed', 'cancelled', 'merged', 'gone'))"
OLDEST_FIRST = (
    " ORDER BY (p.noted IS NOT NULL AND p.noted >= p.begun), greatest(p.noted, p.note_tried) NULLS FIRST, r.record"
    " LIMIT %s"
)


class PsaNotesView:
    """Implements `View`: the ticket on which each PSA text was recorded first, and the texts that our calls wrote."""

    name = "psa-notes"
    version = 1

    def apply(self, cursor: DbCursor, changes: Sequence[AppliedEvent]) -> None:
        rows = [row for change in changes if change.own for row in _rows(change)]
        if rows:
            cursor.executemany(INSERT, rows)

    def clear(self, cursor: DbCursor) -> None:
        cursor.execute("TRUNCATE psa_notes")


def _rows(change: AppliedEvent) -> Iterator[Row]:
    data = change.event.data
    if isinstance(data, f.ClientReplied | f.ReplySent) and from_psa(data.message):
        yield data.message, change.aggregate, False
    elif isinstance(data, f.NoteAdded) and from_psa(data.note):
        yield data.note, change.aggregate, False
    elif isinstance(data, psa.PsaSynced) and data.revision.startswith("note-"):
        instance = change.state.intake.instance
        for number in data.created.values():
            if instance and number.isdigit():
                yield message_id(instance, number), change.aggregate, True


def _take(cursor: DbCursor, rows: list[Row]) -> None:
    for row in rows:
        if cursor.execute(TAKE, row).fetchone() is None:
            raise Conflict(f"{row[0]} was recorded on another ticket meanwhile")


MESSAGES = TableWriter("psa notes", 17, _take)
"""Rows (message, ticket): the text is recorded there. Conflict, and a new decision, if another ticket got it first."""


def recorded_messages(cursor: DbCursor, messages: Sequence[str]) -> dict[str, tuple[str, bool]]:
    """Recorded ones among the messages: message -> (its ticket, whether a call of ours wrote it)."""
    query = "SELECT message, ticket_id, ours FROM psa_notes WHERE message = ANY(%s)"
    return {message: (ticket, ours) for message, ticket, ours in cursor.execute(query, (list(messages),))}


def mark_notes_read(cursor: DbCursor, instance: str, record: str, begun: datetime) -> None:
    """Mark the record's notes as recorded as of that instant."""
    cursor.execute(READ, (instance, record, begun, begun))


def mark_notes_tried(cursor: DbCursor, instance: str, record: str) -> None:
    """Note a try, so that other records' notes come before this one's next."""
    cursor.execute(TRIED, (instance, record))


def records_to_read(cursor: DbCursor, instance: str, at_most: int | None) -> list[tuple[str, str]]:
    """(record, ticket) of notes not read since their record was, then of those read longest ago.

    `at_most` None: every open ticket; else also tickets that ended recently, because people reply to these too.
    """
    query = DUE + (OPEN if at_most is None else RECENT) + OLDEST_FIRST
    return cursor.execute(query, (instance, at_most)).fetchall()
