"""The report *would refuse*: ends in the PSA with gates open, by gate, client and technician.

Built from `resolved` and `closed` with mode outside, and from contested resolutions. One gate counts once per cycle,
however often the ticket was ended. Imported history is not included.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from desk.contract.event import Actor, Event
from desk.contract.ticket.docs.facts import Closed
from desk.contract.ticket.gate_names import current_name
from desk.contract.ticket.ticket import Ticket
from desk.contract.ticket.triage.ends import OutsideResolutionContested, Resolved
from desk.decision.principal import Principal, Role
from desk.eventstore.table_writer import AppliedEvent, DbCursor
from desk.http.app.responses import json_response
from desk.http.auth.access import require
from desk.service.parts import Parts

Staff = Annotated[Principal, Depends(require(*(r for r in Role if r not in (Role.SERVICE, Role.CLIENT_IT))))]
Word = Annotated[str | None, Query(max_length=200)]
MEMBER, UNKNOWN = "psa-member", "unknown"
LONGEST = 3660
INSERT = (
    "INSERT INTO would_refuse (ticket_id, cycle, gate, step, client, technician, contested, at)"
    " SELECT * FROM unnest(%b::text[], %b::int[], %b::text[], %b::text[], %b::text[], %b::text[], %b::bool[],"
    " %b::timestamptz[]) ON CONFLICT DO NOTHING"
)
FILTERS = {
    "client": " AND client = %(client)s",
    "technician": " AND technician = %(technician)s",
    "gate": " AND gate = %(gate)s",
}
COUNTED = (
    "SELECT gate, client, technician, count(*), count(*) FILTER (WHERE contested),"
    " array_agg(DISTINCT ticket_id || '/' || cycle) FROM would_refuse WHERE at >= %(since)s AND at <= %(until)s"
)


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

    def apply(self, cursor: DbCursor, changes: Sequence[AppliedEvent]) -> None:
        rows = [
            row
            for change in changes
            if isinstance(change.state, Ticket)
            for row in open_at_end(change.event, change.state)
        ]
        first = list({(row.ticket_id, row.cycle, row.gate): row for row in reversed(rows)}.values())
        if first:
            cursor.execute(INSERT, [list(column) for column in zip(*first, strict=True)], prepare=True)

    def clear(self, cursor: DbCursor) -> None:
        cursor.execute("TRUNCATE would_refuse")


def would_refuse(
    cursor: DbCursor, since: datetime, until: datetime, filters: Mapping[str, str], scope: Sequence[str] | None
) -> dict[str, Any]:
    """The report of a window: totals, and one group per gate, client and technician, the most frequent first."""
    query, values = COUNTED + "".join(FILTERS[name] for name in filters), {"since": since, "until": until, **filters}
    if scope is not None:
        query, values["scope"] = f"{query} AND client = ANY(%(scope)s)", list(scope)
    query += " GROUP BY gate, client, technician ORDER BY count(*) DESC, gate, client, technician"
    rows = cursor.execute(query.encode(), values).fetchall()
    names = ("gate", "client", "technician", "count", "contested")
    return {
        "from": since,
        "to": until,
        "ends": len({end for row in rows for end in row[5]}),
        "refusals": sum(row[3] for row in rows),
        "by_gate": _by(rows, 0),
        "by_client": _by(rows, 1),
        "by_technician": _by(rows, 2),
        "groups": [dict(zip(names, row[:5], strict=True)) for row in rows],
    }


def _by(rows: Sequence[Sequence[Any]], column: int) -> dict[str, int]:
    counted = Counter[str]()
    for row in rows:
        counted[row[column]] += row[3]
    return dict(sorted(counted.items(), key=lambda item: (-item[1], item[0])))


def routers(parts: Parts) -> Sequence[APIRouter]:
    """The route of the report."""
    router = APIRouter(tags=["reports"])
    log = parts.service.log

    @router.get("/would-refuse", summary="Report ends in the PSA that the desk would have refused", response_model=None)
    def report(
        reader: Staff,
        days: Annotated[int, Query(ge=1, le=LONGEST, description="Length of the window in days, up to now")] = 30,
        client: Word = None,
        technician: Word = None,
        gate: Word = None,
    ) -> Response:
        given = {"client": client, "technician": technician, "gate": current_name(gate)}
        filters = {name: value for name, value in given.items() if value is not None}
        until = log.clock.now()
        scope = None if reader.clients == "*" else sorted(reader.clients)
        since = until - timedelta(days=days)
        found = log.store.execute(lambda cursor: would_refuse(cursor, since, until, filters, scope))
        return json_response({"days": days, **found})

    return (router,)
