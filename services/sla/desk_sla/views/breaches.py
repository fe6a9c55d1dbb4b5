"""The read model `breaches`: one row per recorded breach. A retracted breach stays, marked as retracted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import sqlalchemy as sa
from fastapi import APIRouter, Query
from msgspec.structs import asdict
from starlette.responses import Response

from desk.contract.ticket.sla import facts as f
from desk.eventstore.event_log import EventLog
from desk.eventstore.table_writer import AppliedEvent, DbCursor, Row
from desk.http.app.schemas import returns
from desk.http.auth.access import Staff
from desk.http.reads.page import Page
from desk.http.reads.paging import Paged, Wanted
from desk.projections.listing import Listing
from desk.projections.statements import TIME, BulkWrite, given, insert_new
from desk.projections.tickets import TICKETS
from desk_sla.responses import AgedBreach, Breach

BREACHES = sa.Table(
    "breaches",
    sa.MetaData(),
    sa.Column("verdict", sa.Uuid, primary_key=True),
    sa.Column("ticket_id", sa.Text, nullable=False),
    sa.Column("clock", sa.Text, nullable=False),
    sa.Column("cycle", sa.Integer, nullable=False),
    sa.Column("breached_at", TIME, nullable=False),
    sa.Column("due", TIME, nullable=False),
    sa.Column("elapsed", sa.Integer, nullable=False),
    sa.Column("live", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("retracted", TIME),
    sa.Column("code", sa.Text),
    sa.Column("owner", sa.Text),
    sa.Column("explained_at", TIME),
    postgresql_with={"fillfactor": 70},
)
b, t = BREACHES.columns, TICKETS.columns
IN_FORCE = b.retracted.is_(None)
sa.Index("breaches_open_idx", b.live, b.breached_at, b.verdict, postgresql_where=IN_FORCE)


def _recorded() -> BulkWrite:
    return insert_new(BREACHES, [b.verdict, b.ticket_id, b.clock, b.cycle, b.breached_at, b.due, b.elapsed, b.live])


def _retracted() -> BulkWrite:
    rows = given(b.verdict, sa.column("at", TIME))
    return BulkWrite(sa.update(BREACHES).values(retracted=rows.c.at).where(b.verdict == rows.c.verdict), rows)


def _explained() -> BulkWrite:
    rows = given(b.verdict, b.code, b.owner, sa.column("at", TIME))
    values = {b.code: rows.c.code, b.owner: rows.c.owner, b.explained_at: rows.c.at}
    return BulkWrite(sa.update(BREACHES).values(values).where(b.verdict == rows.c.verdict), rows)


RECORDED, RETRACTED, EXPLAINED = _recorded(), _retracted(), _explained()


class BreachesView:
    """Implements desk.eventstore.table_writer.View."""

    name = "breaches"
    version = 1
    table = BREACHES
    instants = ("breached_at", "due", "retracted", "explained_at")

    def apply(self, cursor: DbCursor, changes: Sequence[AppliedEvent]) -> None:
        recorded, retracted, explained = list[Row](), list[Row](), list[Row]()
        for change in changes:
            event, data = change.event, change.event.data
            if isinstance(data, f.ClockBreached):
                where = (change.aggregate, data.clock, event.cycle)
                live = not change.state.intake.imported
                recorded.append((event.id, *where, data.at, data.due, data.elapsed, live))
            elif isinstance(data, f.BreachRetracted):
                retracted.append((data.verdict, event.recordedtime))
            elif isinstance(data, f.BreachExplained):
                explained.append((data.verdict, data.code, data.owner, event.recordedtime))
        RECORDED(cursor, recorded)
        RETRACTED(cursor, retracted)
        EXPLAINED(cursor, _last(explained))

    def clear(self, cursor: DbCursor) -> None:
        cursor.execute("TRUNCATE breaches")


def _last(rows: list[Row]) -> list[Row]:
    return list({row[0]: row for row in rows}.values())


def aged(breach: Breach, now: datetime) -> AgedBreach:
    """The breach in the response."""
    age = int((now - breach.breached_at).total_seconds())
    return AgedBreach(**asdict(breach), age=age, explained=breach.code is not None)


LISTED = Listing(
    sa.select(
        b.verdict,
        b.ticket_id,
        t.source_record,
        t.client,
        t.priority,
        t.queue,
        t.technician,
        b.clock,
        b.cycle,
        b.breached_at,
        b.due,
        b.elapsed,
        b.code,
        sa.func.coalesce(b.owner, t.technician, t.queue),
        b.explained_at,
    )
    .select_from(BREACHES.join(TICKETS, b.ticket_id == t.ticket_id))
    .where(IN_FORCE),
    client=t.client,
    order=(b.breached_at, b.verdict),
    filters={
        "client": t.client == sa.bindparam("client"),
        "clock": b.clock == sa.bindparam("clock"),
        "history": b.live != sa.bindparam("history"),
        "explained": b.code.is_not(None) == sa.bindparam("explained"),
    },
    row=Breach,
    key=lambda breach: (breach.breached_at, str(breach.verdict)),
    name=lambda breach: f"breach {breach.verdict}",
)
"""Breaches that were not retracted, the oldest first."""


def breach_routes(log: EventLog) -> APIRouter:
    """The route of the list."""
    router = APIRouter(tags=["sla"])

    @router.get(
        "/breaches",
        summary="List breaches",
        response_model=None,
        responses=returns(Page[AgedBreach], "Breaches, the oldest first"),
    )
    def breaches(
        reader: Staff,
        page: Paged,
        client: Wanted = None,
        clock: Wanted = None,
        explained: bool | None = None,
        history: Annotated[bool, Query(description="List breaches of imported history instead")] = False,
    ) -> Response:
        now = log.clock.now()
        filters = {"client": client, "clock": clock, "explained": explained, "history": history}
        return LISTED.answer(log.store, reader, filters, page, lambda breach: aged(breach, now))

    return router
