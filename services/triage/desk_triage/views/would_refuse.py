"""The read model of the report *would refuse*: ends in the PSA with gates open, by gate, client and technician.

Built from `resolved` and `closed` with mode outside, and from contested resolutions. One gate counts once per cycle,
however often the ticket was ended. Imported history is not included.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, NamedTuple

import sqlalchemy as sa
from fastapi import APIRouter, Query
from starlette.responses import Response

from desk.contract.event import Actor, Event
from desk.contract.ticket.docs.facts import Closed
from desk.contract.ticket.gate_names import current_name
from desk.contract.ticket.ticket import Ticket
from desk.contract.ticket.triage.ends import OutsideResolutionContested, Resolved
from desk.eventstore.table_writer import AppliedEvent, DbCursor
from desk.http.app.responses import json_response
from desk.http.app.schemas import returns
from desk.http.auth.access import Staff, visible_clients
from desk.projections.listing import FilteredQuery
from desk.projections.statements import TIME, insert_new
from desk.service.parts import Parts
from desk_triage.responses import RefusalGroup, WouldRefuse

Word = Annotated[str | None, Query(max_length=200)]
MEMBER, UNKNOWN = "psa-member", "unknown"
LONGEST = 3660
WOULD_REFUSE = sa.Table(
    "would_refuse",
    sa.MetaData(),
    sa.Column("ticket_id", sa.Text, primary_key=True),
    sa.Column("cycle", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("gate", sa.Text, primary_key=True),
    sa.Column("step", sa.Text, nullable=False),
    sa.Column("client", sa.Text, nullable=False),
    sa.Column("technician", sa.Text, nullable=False),
    sa.Column("contested", sa.Boolean, nullable=False),
    sa.Column("at", TIME, nullable=False),
)
c = WOULD_REFUSE.columns
sa.Index("would_refuse_at_idx", c.at)
INSERT = insert_new(WOULD_REFUSE)


class Open(NamedTuple):
    """One gate that was open at an end. `technician`: the member who ended it, else the assignee."""

    ticket_id: str
    cycle: int
    gate: str
    step: str
    client: str
    technician: str
    contested: bool
    at: datetime


def open_at_end(event: Event, ticket: Ticket) -> Iterator[Open]:
    """The gates that were open when a cycle was ended in the PSA."""
    data = event.data
    contested = isinstance(data, OutsideResolutionContested)
    if not isinstance(data, OutsideResolutionContested | Resolved | Closed) or event.cycle is None:
        return
    if event.origin == "import" or not (contested or event.mode == "outside"):
        return
    actor = Actor.parse(event.actor)
    member = actor.id if actor.kind == MEMBER and actor.id != UNKNOWN else None
    technician = member or ticket.triage.technician or "nobody"
    step = "close" if isinstance(data, Closed) else "resolve"
    for gate in data.missing:
        yield Open(
            event.subject, event.cycle, gate, step, ticket.intake.client, technician, contested, event.recordedtime
        )


class WouldRefuseView:
    """Implements desk.eventstore.table_writer.View."""

    name = "would-refuse"
    version = 1
    table = WOULD_REFUSE

    def apply(self, cursor: DbCursor, changes: Sequence[AppliedEvent]) -> None:
        rows = [
            row
            for change in changes
            if isinstance(change.state, Ticket)
            for row in open_at_end(change.event, change.state)
        ]
        first = list({(row.ticket_id, row.cycle, row.gate): row for row in reversed(rows)}.values())
        INSERT(cursor, first)

    def clear(self, cursor: DbCursor) -> None:
        cursor.execute("TRUNCATE would_refuse")


GROUPS = (c.gate, c.client, c.technician)
END = c.ticket_id + sa.literal_column("'/'", sa.Text) + sa.cast(c.cycle, sa.Text)
COUNTED = FilteredQuery(
    sa.select(
        *GROUPS,
        sa.func.count(),
        sa.func.count().filter(c.contested),
        sa.func.array_agg(sa.distinct(END)),
    )
    .where(c.at >= sa.bindparam("since"), c.at <= sa.bindparam("until"))
    .group_by(*GROUPS)
    .order_by(sa.func.count().desc(), *GROUPS),
    client=c.client,
    filters={name: c[name] == sa.bindparam(name) for name in ("client", "technician", "gate")},
)


def would_refuse(
    cursor: DbCursor, days: int, until: datetime, filters: Mapping[str, str | None], clients: Sequence[str] | None
) -> WouldRefuse:
    """The report of the window that ends at `until`."""
    text, values = COUNTED.statement(filters, clients)
    since = until - timedelta(days=days)
    rows = cursor.execute(text, {**values, "since": since, "until": until}).fetchall()
    groups = [RefusalGroup(*row[:5]) for row in rows]
    return WouldRefuse(
        days=days,
        since=since,
        until=until,
        ends=len({end for row in rows for end in row[5]}),
        refusals=sum(group.count for group in groups),
        by_gate=_by(groups, lambda group: group.gate),
        by_client=_by(groups, lambda group: group.client),
        by_technician=_by(groups, lambda group: group.technician),
        groups=groups,
    )


def _by(groups: Sequence[RefusalGroup], name: Callable[[RefusalGroup], str]) -> dict[str, int]:
    counted = Counter[str]()
    for group in groups:
        counted[name(group)] += group.count
    return dict(sorted(counted.items(), key=lambda item: (-item[1], item[0])))


def routers(parts: Parts) -> Sequence[APIRouter]:
    """The route of the report."""
    router = APIRouter(tags=["reports"])
    log = parts.service.log

    @router.get(
        "/would-refuse",
        summary="Report ends in the PSA that the desk would have refused",
        response_model=None,
        responses=returns(WouldRefuse, "The report"),
    )
    def report(
        reader: Staff,
        days: Annotated[int, Query(ge=1, le=LONGEST, description="Length of the window in days, up to now")] = 30,
        client: Word = None,
        technician: Word = None,
        gate: Word = None,
    ) -> Response:
        filters = {"client": client, "technician": technician, "gate": current_name(gate)}
        until, clients = log.clock.now(), visible_clients(reader)
        found = log.store.execute(lambda cursor: would_refuse(cursor, days, until, filters, clients))
        return json_response(found)

    return (router,)
