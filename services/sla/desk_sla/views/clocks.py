"""The read model `clocks`: one row per clock and cycle; dispatch sorts it by due time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from fastapi import APIRouter
from msgspec.structs import asdict
from starlette.responses import Response

from desk.contract.bounds import Instant
from desk.contract.ticket.sla.slice import Clock
from desk.contract.ticket.ticket import Ticket
from desk.eventstore.event_log import EventLog
from desk.eventstore.table_writer import AppliedEvent, DbCursor
from desk.http.app.schemas import returns
from desk.http.auth.access import Staff
from desk.http.reads.page import Page
from desk.http.reads.paging import Key, Paged, Wanted
from desk.projections.listing import Listing
from desk.projections.statements import TIME, upsert
from desk.projections.tickets import TICKETS
from desk_sla.responses import DueClock, DueClockLeft

NEVER = "infinity"
CLOCKS = sa.Table(
    "clocks",
    sa.MetaData(),
    sa.Column("ticket_id", sa.Text, primary_key=True),
    sa.Column("clock", sa.Text, primary_key=True),
    sa.Column("cycle", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("starts_at", TIME, nullable=False),
    sa.Column("due", TIME),
    sa.Column("seconds", sa.Integer, nullable=False),
    sa.Column("live", sa.Boolean, nullable=False),
    postgresql_with={"fillfactor": 70},
)
c, t = CLOCKS.columns, TICKETS.columns
OPEN = (c.live, c.state.in_([sa.literal_column("'running'"), sa.literal_column("'paused'")]))
sa.Index("clocks_due_idx", c.due, c.ticket_id, c.clock, c.cycle, postgresql_where=OPEN[0] & OPEN[1])
UPSERT = upsert(CLOCKS)


def state(clock: Clock) -> str:
    """The state of the row: met, breached, cancelled, paused or running."""
    if clock.verdict is not None:
        return clock.verdict.kind
    if clock.cancelled is not None:
        return "cancelled"
    return "paused" if clock.paused else "running"


class ClocksView:
    """Implements `View`: the clocks of every ticket on which a group recorded an own fact."""

    name = "clocks"
    version = 1
    table = CLOCKS
    instants = ("starts_at", "due")

    def apply(self, cursor: DbCursor, changes: Sequence[AppliedEvent]) -> None:
        last = {change.aggregate: change.state for change in changes if change.own and isinstance(change.state, Ticket)}
        rows = [
            (ticket_id, c.clock, c.cycle, state(c), c.starts_at, c.due, c.seconds, not ticket.intake.imported)
            for ticket_id, ticket in sorted(last.items())
            for c in ticket.sla.clocks.values()
        ]
        UPSERT(cursor, rows)

    def clear(self, cursor: DbCursor) -> None:
        cursor.execute("TRUNCATE clocks")


def with_time_left(clock: DueClock, now: datetime) -> DueClockLeft:
    """The clock in the response."""
    left = None if clock.due is None else int((clock.due - now).total_seconds())
    return DueClockLeft(**asdict(clock), left=left)


def _key(clock: DueClock) -> Key:
    return (clock.due or NEVER, clock.ticket_id, clock.clock, clock.cycle)


LISTED = Listing(
    sa.select(
        c.ticket_id,
        t.source_record,
        t.client,
        t.priority,
        t.queue,
        t.technician,
        c.clock,
        c.cycle,
        c.state,
        c.starts_at,
        c.due,
    )
    .select_from(CLOCKS.join(TICKETS, c.ticket_id == t.ticket_id))
    .where(*OPEN),
    client=t.client,
    order=(sa.func.coalesce(c.due, sa.literal_column(f"'{NEVER}'")), c.ticket_id, c.clock, c.cycle),
    filters={
        "client": t.client == sa.bindparam("client"),
        "queue": t.queue == sa.bindparam("queue"),
        "priority": t.priority == sa.bindparam("priority"),
        "before": c.due <= sa.bindparam("before"),
    },
    row=DueClock,
    key=_key,
    name=lambda clock: f"{clock.ticket_id} {clock.clock} {clock.cycle}",
)
"""Clocks that run, the next due time first; paused ones last."""


def due_routes(log: EventLog) -> APIRouter:
    """The route of the list."""
    router = APIRouter(tags=["sla"])

    @router.get(
        "/due",
        summary="List running clocks by due time",
        response_model=None,
        responses=returns(Page[DueClockLeft], "Clocks, the next due time first"),
    )
    def due(
        reader: Staff,
        page: Paged,
        client: Wanted = None,
        queue: Wanted = None,
        priority: Wanted = None,
        before: Instant | None = None,
    ) -> Response:
        now = log.clock.now()
        filters = {"client": client, "queue": queue, "priority": priority, "before": before}
        return LISTED.answer(log.store, reader, filters, page, lambda clock: with_time_left(clock, now))

    return router
