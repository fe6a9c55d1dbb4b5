"""The ticket of each PSA record: unique, and reserved in the transaction of the fact that links them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from desk.contract.streams.clients import DeviceMapped, DeviceUnmapped
from desk.contract.ticket.intake import psa
from desk.contract.ticket.intake.psa_record import PsaBack, PsaDuplicateFound, PsaGone, PsaLinked
from desk.contract.ticket.ticket import Ticket
from desk.eventstore.errors import Conflict
from desk.eventstore.table_writer import AppliedEvent, DbCursor
from desk.projections.statements import BulkWrite, compiled, delete_rows, given, insert_new
from desk.projections.tickets import TICKETS

RECORDS = sa.Table(
    "psa_records",
    sa.MetaData(),
    sa.Column("instance", sa.Text, primary_key=True),
    sa.Column("record", sa.Text, primary_key=True),
    sa.Column("ticket_id", sa.Text, nullable=False),
    sa.Column("duplicate", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("gone", sa.Text),
    sa.Column("unmapped", sa.Boolean, nullable=False, server_default=sa.false()),
    postgresql_with={"fillfactor": 70},
)
ENTRIES = sa.Table(
    "psa_entries",
    sa.MetaData(),
    sa.Column("instance", sa.Text, primary_key=True),
    sa.Column("entry", sa.Text, primary_key=True),
    sa.Column("ticket_id", sa.Text, nullable=False),
    sa.Column("gone", sa.Boolean, nullable=False, server_default=sa.false()),
    postgresql_with={"fillfactor": 70},
)
DEVICES = sa.Table(
    "psa_devices",
    sa.MetaData(),
    sa.Column("device", sa.Text, primary_key=True),
    sa.Column("client", sa.Text, primary_key=True),
)
r, e, d, t = RECORDS.columns, ENTRIES.columns, DEVICES.columns, TICKETS.columns
sa.Index("psa_records_ticket_idx", r.ticket_id)
sa.Index("psa_records_unmapped_idx", r.instance, postgresql_where=r.unmapped)
MARKING = (psa.PsaObserved, psa.PsaStatusMapped, PsaGone, PsaBack, psa.PsaSynced)


def _text(name: str) -> sa.ColumnElement[str]:
    return sa.literal_column(f"'{name}'")


NOT_IMPORTED = t.origin != _text("import")
IS_ACTIVE = t.status.not_in([_text(status) for status in ("closed", "cancelled", "merged", "gone")])


class LinkedRecord(NamedTuple):
    """The ticket of a record, and whether the record is a duplicate of that ticket's record."""

    ticket_id: str
    duplicate: bool
    gone: str | None


def _link(duplicate: bool) -> bytes:
    """Insert a record of a ticket. It returns no row when the record belongs to another ticket."""
    place: dict[str, sa.BindParameter[str]] = {
        one.name: sa.bindparam(one.name) for one in (r.instance, r.record, r.ticket_id)
    }
    insert = postgresql.insert(RECORDS).values({**place, "duplicate": sa.true() if duplicate else sa.false()})
    own = r.ticket_id == insert.excluded.ticket_id
    linked = insert.on_conflict_do_update(
        index_elements=[r.instance, r.record], set_={"duplicate": insert.excluded.duplicate}, where=own
    )
    return compiled(linked.returning(r.duplicate)).encode()


def _mark() -> BulkWrite:
    rows = given(r.gone, r.unmapped, r.ticket_id)
    values = {r.gone: rows.c.gone, r.unmapped: rows.c.unmapped}
    marked = sa.update(RECORDS).values(values).where(r.ticket_id == rows.c.ticket_id, sa.not_(r.duplicate))
    return BulkWrite(marked, rows)


def _entry() -> BulkWrite:
    """Insert a time entry, or move it; an entry that is gone stays on the ticket that has it."""
    rows = given(*e)
    insert = postgresql.insert(ENTRIES).from_select(e.keys(), sa.select(*rows.columns))
    new = insert.excluded
    moved = insert.on_conflict_do_update(
        index_elements=[e.instance, e.entry],
        set_={"ticket_id": new.ticket_id, "gone": new.gone},
        where=sa.or_(sa.not_(new.gone), e.ticket_id == new.ticket_id),
    )
    return BulkWrite(moved, rows)


RESERVE, DUPLICATE, MARK, ENTRY = _link(False), _link(True), _mark(), _entry()
DEVICE, NO_DEVICE = insert_new(DEVICES), delete_rows(DEVICES, (d.device, d.client))


class PsaRecordsView:
    """Implements `View`. Two tickets cannot have one record: facts that link the second are refused."""

    name = "psa-records"
    version = 1
    tables = (RECORDS, ENTRIES, DEVICES)

    def apply(self, cursor: DbCursor, changes: Sequence[AppliedEvent]) -> None:
        for change in changes:
            data = change.event.data
            if isinstance(data, PsaLinked):
                place = {"instance": data.instance, "record": data.record, "ticket_id": change.aggregate}
                if cursor.execute(RESERVE, place).fetchone() is None:
                    raise Conflict(f"record {data.record} of {data.instance} belongs to another ticket")
            elif isinstance(data, PsaDuplicateFound):
                instance = change.state.intake.instance
                cursor.execute(DUPLICATE, {"instance": instance, "record": data.record, "ticket_id": change.aggregate})
            elif isinstance(data, DeviceMapped):
                DEVICE(cursor, [(data.device, change.event.subject)])
            elif isinstance(data, DeviceUnmapped):
                NO_DEVICE(cursor, [(data.device, change.event.subject)])
            elif isinstance(data, psa.PsaTimeObserved):
                ENTRY(cursor, [(change.state.intake.instance, data.entry, change.aggregate, data.gone)])
        self._mark(cursor, changes)

    def _mark(self, cursor: DbCursor, changes: Sequence[AppliedEvent]) -> None:
        last: dict[str, Ticket] = {
            c.aggregate: c.state for c in changes if isinstance(c.event.data, MARKING) and c.event.origin != "import"
        }
        MARK(cursor, [(t.intake.gone, bool(t.intake.unmapped), aggregate) for aggregate, t in last.items()])

    def clear(self, cursor: DbCursor) -> None:
        cursor.execute("TRUNCATE psa_records, psa_entries, psa_devices")


OF_INSTANCE = r.instance == sa.bindparam("instance")
OWN = sa.and_(OF_INSTANCE, sa.not_(r.duplicate))
"""Records of the instance, each the first one of its ticket."""
LINKED = compiled(
    sa.select(r.ticket_id, r.duplicate, r.gone).where(OF_INSTANCE, r.record == sa.bindparam("record"))
).encode()
PRESENT = compiled(sa.select(r.record).where(OWN, r.gone.is_(None))).encode()
DELETED = compiled(sa.select(r.record).where(OWN, r.gone == _text("deleted"))).encode()
UNMAPPED = compiled(sa.select(r.ticket_id, r.record).where(OF_INSTANCE, r.unmapped)).encode()
TICKET_OF_ENTRY = compiled(
    sa.select(e.ticket_id).where(
        e.instance == sa.bindparam("instance"), e.entry == sa.bindparam("entry"), sa.not_(e.gone)
    )
).encode()
OWNERS = compiled(sa.select(d.client).where(d.device == sa.bindparam("device"))).encode()


def linked_record(cursor: DbCursor, instance: str, record: str) -> LinkedRecord | None:
    """The link of a record; None if it has no ticket."""
    row = cursor.execute(LINKED, {"instance": instance, "record": record}).fetchone()
    return LinkedRecord(*row) if row else None


def recorded_records(cursor: DbCursor, instance: str) -> list[str]:
    """Every record that has a ticket and is not recorded as gone."""
    return [row[0] for row in cursor.execute(PRESENT, {"instance": instance})]


def deleted_records(cursor: DbCursor, instance: str) -> list[str]:
    """Records that have a ticket and are recorded as deleted."""
    return [row[0] for row in cursor.execute(DELETED, {"instance": instance})]


def unmapped_records(cursor: DbCursor, instance: str) -> list[tuple[str, str]]:
    """(ticket, record) with an observation that has no class yet."""
    return cursor.execute(UNMAPPED, {"instance": instance}).fetchall()


def ticket_of_entry(cursor: DbCursor, instance: str, entry: str) -> str | None:
    """The ticket of a time entry that is not gone from it, or None."""
    row = cursor.execute(TICKET_OF_ENTRY, {"instance": instance, "entry": entry}).fetchone()
    return row[0] if row else None


def device_owners(cursor: DbCursor, device: str) -> list[str]:
    """Clients that have the device."""
    return [row[0] for row in cursor.execute(OWNERS, {"device": device})]
