"""The read model `tickets`: one row per ticket, for lists, filters and exports. Table, projection, queries, route."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

import sqlalchemy as sa
from fastapi import APIRouter, Depends, Query
from msgspec.structs import astuple
from pydantic import BaseModel, Field
from starlette.responses import Response

from desk.contract.audiences import Audience
from desk.contract.bounds import EARLIEST, Filter
from desk.contract.ticket.ticket import Status, Ticket, flags, status
from desk.decision.principal import Principal, Role
from desk.eventstore.connections.out_of_range_times import mark_unread
from desk.eventstore.event_log import EventLog
from desk.eventstore.store import Store
from desk.eventstore.table_writer import AppliedEvent, DbCursor, Row
from desk.http.app.schemas import returns
from desk.http.auth.access import require
from desk.http.problems.problem import invalid_field
from desk.http.reads.audience import audience_of, row_for_client
from desk.http.reads.page import Page
from desk.http.reads.paging import Paged
from desk.http.reads.ticket_responses import FOR_STAFF, ClientTicketRow, TicketRow
from desk.projections.listing import Listing
from desk.projections.statements import TIME, compiled, given, upsert

TICKETS = sa.Table(
    "tickets",
    sa.MetaData(),
    sa.Column("ticket_id", sa.Text, primary_key=True),
    sa.Column("source", sa.Text),
    sa.Column("source_record", sa.Text),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("origin", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("client", sa.Text, nullable=False),
    sa.Column("contact", sa.Text),
    sa.Column("opened_at", TIME),
    sa.Column("resolved_at", TIME),
    sa.Column("closed_at", TIME),
    sa.Column("cycle", sa.Integer, nullable=False),
    sa.Column("reopen_count", sa.Integer, nullable=False),
    sa.Column("reassignment_count", sa.Integer, nullable=False),
    sa.Column("impact", sa.Text),
    sa.Column("urgency", sa.Text),
    sa.Column("priority", sa.Text),
    sa.Column("queue", sa.Text),
    sa.Column("technician", sa.Text),
    sa.Column("flags", sa.ARRAY(sa.Text)),
    sa.Column("updated_at", TIME, nullable=False),
    postgresql_with={"fillfactor": 70},
)
c = TICKETS.columns
ENDED: list[sa.ColumnElement[str]] = [sa.literal_column(f"'{one}'") for one in ("closed", "merged", "gone")]
IS_OPEN, IS_ENDED = c.status.not_in(ENDED), c.status.in_(ENDED)
sa.Index("tickets_record_idx", c.source_record, c.ticket_id)
sa.Index("tickets_opened_idx", c.opened_at, c.ticket_id)
sa.Index("tickets_open_idx", c.client, c.opened_at, c.ticket_id, postgresql_where=IS_OPEN)


def row(ticket_id: str, t: Ticket, updated_at: datetime) -> TicketRow:
    """The ticket's row: a pure function of its slices."""
    end, now = t.triage.end, status(t)
    closing = t.docs.closings.get(t.cycle) if now is Status.CLOSED else None
    return TicketRow(
        ticket_id,
        t.intake.instance,
        t.intake.record,
        t.intake.kind,
        t.intake.origin,
        now.value,
        t.intake.client,
        t.intake.contact,
        t.intake.opened_at,
        end.time if end is not None and end.kind == "resolved" else None,
        closing.time if closing is not None else None,
        t.cycle,
        t.triage.reopen_count,
        t.triage.reassignments,
        t.triage.impact,
        t.triage.urgency,
        t.triage.priority,
        t.triage.queue,
        end.technician if end is not None and end.kind == "resolved" else t.triage.technician,
        list(flags(t)),
        updated_at,
    )


class TicketFilters(BaseModel):
    """Columns that must equal the value; `open` excludes (true) or selects (false) closed, merged and gone tickets."""

    status: Filter | None = None
    client: Filter | None = None
    priority: Filter | None = None
    queue: Filter | None = None
    technician: Filter | None = None
    kind: Filter | None = None
    origin: Filter | None = None
    source_record: Filter | None = None
    is_open: Literal["true", "false"] | None = Field(None, alias="open")


FLAGS_AT = TicketRow.__struct_fields__.index("flags")
_ROWS = given(*(sa.Column(one.name, sa.Text) if one is c.flags else one for one in c))
"""The rows of an upsert; the flags of a ticket are one text, as arrays of different lengths are no array."""
_VALUES = [
    sa.func.string_to_array(one, sa.literal_column("','")) if one.name == "flags" else one for one in _ROWS.columns
]
UPSERT = upsert(TICKETS, _ROWS, _VALUES)


class TicketsView:
    """Implements desk.eventstore.table_writer.View: upserts the row of every ticket that a group of facts changed."""

    name = "tickets"
    version = 2
    table = TICKETS
    instants = ("opened_at", "resolved_at", "closed_at", "updated_at")

    def apply(self, cursor: DbCursor, changes: Sequence[AppliedEvent]) -> None:
        last: dict[str, AppliedEvent] = {c.aggregate: c for c in changes if isinstance(c.state, Ticket)}
        rows = (
            row(aggregate, change.state, change.event.recordedtime)
            for aggregate, change in sorted(last.items())
            if change.state.intake.exists
        )
        UPSERT(cursor, [_stored(one) for one in rows])

    def clear(self, cursor: DbCursor) -> None:
        cursor.execute("TRUNCATE tickets")


def _stored(row: TicketRow) -> Row:
    values = astuple(row)
    return (*values[:FLAGS_AT], ",".join(row.flags), *values[FLAGS_AT + 1 :])


LISTED = Listing(
    sa.select(TICKETS),
    client=c.client,
    order=(c.opened_at, c.ticket_id),
    filters={
        "open": {"true": IS_OPEN, "false": IS_ENDED},
        **{name: c[name] == sa.bindparam(name) for name in TicketFilters.model_fields if name != "is_open"},
    },
    row=TicketRow,
    key=lambda row: (row.opened_at or EARLIEST, row.ticket_id),
    name=lambda row: row.ticket_id,
)
EXPORTED = compiled(sa.select(TICKETS).order_by(c.source_record.nulls_last(), c.ticket_id)).encode()


def ticket_rows(store: Store) -> list[TicketRow]:
    """Every row, by source record. A time that Python cannot hold is an `Unread` in its row."""
    return store.execute(lambda cursor: [TicketRow(*row) for row in mark_unread(cursor).execute(EXPORTED)])


def ticket_routes(log: EventLog) -> APIRouter:
    """The route of the list."""
    router = APIRouter(tags=["reads"])

    @router.get(
        "/tickets",
        summary="List tickets",
        response_model=None,
        responses=returns((Page[TicketRow], Page[ClientTicketRow]), "Tickets, the oldest first"),
    )
    def tickets(
        reader: Annotated[Principal, Depends(require(*Role))],
        page: Paged,
        filters: Annotated[TicketFilters, Query()],
    ) -> Response:
        wanted = filters.model_dump(by_alias=True)
        if audience_of(reader) is not Audience.CLIENT_IT:
            return LISTED.answer(log.store, reader, wanted, page)
        for name in sorted(FOR_STAFF & wanted.keys()):
            if wanted[name] is not None:
                raise invalid_field(name, "your role does not read this field", "Leave this filter out.", "query")
        return LISTED.answer(log.store, reader, wanted, page, row_for_client)

    return router
