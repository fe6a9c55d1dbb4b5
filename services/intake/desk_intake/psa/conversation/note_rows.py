"""Rows of PSA messages: the ticket of each, whether we wrote it, and the records whose notes are due."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from desk.contract.ticket.intake import psa
from desk.contract.ticket.intake.conversation import ClientReplied, NoteAdded, ReplySent
from desk.eventstore.errors import Conflict
from desk.eventstore.table_writer import AppliedEvent, DbCursor, Row, TableWriter
from desk.projections.statements import compiled
from desk.projections.tickets import TICKETS
from desk_intake.psa.ids import from_psa, message_id
from desk_intake.psa.observe.record_links import IS_ACTIVE, NOT_IMPORTED, OWN, RECORDS
from desk_intake.psa.receive.stale_reads import RECORD_READS

NOTE = "note"
"""The kind of unreadable notes in the list of revisits: named `<ticket>/<note>`, read with all notes of its ticket."""
NOTES = sa.Table(
    "psa_notes",
    sa.MetaData(),
    sa.Column("message", sa.Text, primary_key=True),
    sa.Column("ticket_id", sa.Text, nullable=False),
    sa.Column("ours", sa.Boolean, nullable=False, server_default=sa.false()),
)
n, p, r, t = NOTES.columns, RECORD_READS.columns, RECORDS.columns, TICKETS.columns
PLACE: dict[str, sa.BindParameter[str]] = {"instance": sa.bindparam("instance"), "record": sa.bindparam("record")}
RECORDED = compiled(sa.select(*n).where(n.message == sa.any_(sa.bindparam("messages")))).encode()
TRIED = compiled(
    sa.update(RECORD_READS)
    .values(note_tried=sa.func.now())
    .where(p.instance == PLACE["instance"], p.record == PLACE["record"])
).encode()


def _insert() -> bytes:
    insert = postgresql.insert(NOTES).values({one.name: sa.bindparam(one.name) for one in n})
    ours = sa.or_(n.ours, insert.excluded.ours)
    return compiled(insert.on_conflict_do_update(index_elements=[n.message], set_={"ours": ours})).encode()


def _take() -> bytes:
    """Insert a message of a ticket. It returns no row when another ticket has it, or a call of ours wrote it."""
    insert = postgresql.insert(NOTES).values({one.name: sa.bindparam(one.name) for one in (n.message, n.ticket_id)})
    taken = insert.on_conflict_do_update(
        index_elements=[n.message],
        set_={"ticket_id": insert.excluded.ticket_id},
        where=sa.and_(n.ticket_id == insert.excluded.ticket_id, sa.not_(n.ours)),
    )
    return compiled(taken.returning(n.message)).encode()


def _read() -> bytes:
    values = {**PLACE, "begun": sa.bindparam("begun"), "noted": sa.bindparam("begun"), "note_tried": sa.func.now()}
    insert = postgresql.insert(RECORD_READS).values(values)
    noted = sa.func.greatest(p.noted, insert.excluded.noted)
    read = {"noted": noted, "note_tried": sa.func.now()}
    return compiled(insert.on_conflict_do_update(index_elements=[p.instance, p.record], set_=read)).encode()


def _due(among: sa.ColumnElement[bool]) -> bytes:
    """Records with a ticket among these whose notes are due: not read since the record was, then read longest ago."""
    linked = RECORDS.join(TICKETS, r.ticket_id == t.ticket_id).outerjoin(
        RECORD_READS, sa.and_(p.instance == r.instance, p.record == r.record)
    )
    read = sa.and_(p.noted.is_not(None), p.noted >= p.begun)
    return compiled(
        sa.select(r.record, r.ticket_id)
        .select_from(linked)
        .where(OWN, r.gone.is_(None), NOT_IMPORTED, among)
        .order_by(read, sa.func.greatest(p.noted, p.note_tried).nulls_first(), r.record)
        .limit(sa.bindparam("limit"))
    ).encode()


RECENT = t.updated_at > sa.func.now() - sa.literal_column("interval '30 days'", sa.Interval)
INSERT, TAKE, READ = _insert(), _take(), _read()
DUE_OPEN, DUE_RECENT = _due(IS_ACTIVE), _due(sa.or_(RECENT, IS_ACTIVE))


class PsaNotesView:
    """Implements `View`: the ticket on which each PSA text was recorded first, and the texts that our calls wrote."""

    name = "psa-notes"
    version = 1
    tables = (NOTES,)

    def apply(self, cursor: DbCursor, changes: Sequence[AppliedEvent]) -> None:
        rows = [row for change in changes if change.own for row in _rows(change)]
        if rows:
            cursor.executemany(INSERT, [dict(zip(n.keys(), row, strict=True)) for row in rows])

    def clear(self, cursor: DbCursor) -> None:
        cursor.execute("TRUNCATE psa_notes")


def _rows(change: AppliedEvent) -> Iterator[Row]:
    data = change.event.data
    if isinstance(data, ClientReplied | ReplySent) and from_psa(data.message):
        yield data.message, change.aggregate, False
    elif isinstance(data, NoteAdded) and from_psa(data.note):
        yield data.note, change.aggregate, False
    elif isinstance(data, psa.PsaSynced) and data.revision.startswith("note-"):
        instance = change.state.intake.instance
        for number in data.created.values():
            if instance and number.isdigit():
                yield message_id(instance, number), change.aggregate, True


def _write(cursor: DbCursor, rows: list[Row]) -> None:
    for message, ticket in rows:
        if cursor.execute(TAKE, {"message": message, "ticket_id": ticket}).fetchone() is None:
            raise Conflict(f"{message} was recorded on another ticket meanwhile")


MESSAGES = TableWriter("psa notes", 17, _write)
"""Rows (message, ticket): the text is recorded there. Conflict, and a new decision, if another ticket got it first."""


def recorded_messages(cursor: DbCursor, messages: Sequence[str]) -> dict[str, tuple[str, bool]]:
    """Recorded ones among the messages: message -> (its ticket, whether a call of ours wrote it)."""
    rows = cursor.execute(RECORDED, {"messages": list(messages)})
    return {message: (ticket, ours) for message, ticket, ours in rows}


def mark_notes_read(cursor: DbCursor, instance: str, record: str, begun: datetime) -> None:
    """Mark the record's notes as recorded as of that instant."""
    cursor.execute(READ, {"instance": instance, "record": record, "begun": begun})


def mark_notes_tried(cursor: DbCursor, instance: str, record: str) -> None:
    """Note a try, so that other records' notes come before this one's next."""
    cursor.execute(TRIED, {"instance": instance, "record": record})


def records_to_read(cursor: DbCursor, instance: str, at_most: int | None) -> list[tuple[str, str]]:
    """(record, ticket) of notes not read since their record was, then of those read longest ago.

    `at_most` None: every open ticket; else also tickets that ended recently, because people reply to these too.
    """
    query = DUE_OPEN if at_most is None else DUE_RECENT
    return cursor.execute(query, {"instance": instance, "limit": at_most}).fetchall()
