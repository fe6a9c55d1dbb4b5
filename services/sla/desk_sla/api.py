"""Sla's own routes: explanations of clocks, breaches, due clocks, what-if and the export."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query
from starlette.responses import Response

from desk.contract.bounds import Code, Filter, Instant, TicketId
from desk.decision.principal import Principal, Role
from desk.http.auth.access import require
from desk.http.reads.paging import PageRequest, paging
from desk.service.parts import Parts
from desk_sla.queries.service import Judge, SlaQueries, WhatIf

STAFF = tuple(role for role in Role if role not in (Role.SERVICE, Role.CLIENT_IT))
Staff = Annotated[Principal, Depends(require(*STAFF))]
Reader = Annotated[Principal, Depends(require(*STAFF, Role.CLIENT_IT))]
Analyst = Annotated[Principal, Depends(require(Role.COORDINATOR, Role.ACCOUNT_MANAGER, Role.ADMIN))]
Exporter = Annotated[Principal, Depends(require(*STAFF, Role.SERVICE))]
Paged = Annotated[PageRequest, Depends(paging)]
Word = Annotated[Filter | None, Query()]


def routers(parts: Parts) -> Sequence[APIRouter]:
    """Routes of sla in addition to those that every service has (commands, reads, exports, policies)."""
    queries = SlaQueries(parts)
    return (_explanations(queries), _lists(queries), _reports(queries))


def _explanations(queries: SlaQueries) -> APIRouter:
    router = APIRouter(tags=["sla"])

    @router.get("/tickets/{ticket}/explain", summary="Explain the clocks of a ticket", response_model=None)
    def explain(
        reader: Reader,
        ticket: Annotated[TicketId, Path(description="Ticket id")],
        clock: Word = None,
        at: Annotated[Instant | None, Query(description="Judge as of this instant. Default: now")] = None,
        format: Literal["json", "text"] = "json",
    ) -> Response:
        return queries.explain(reader, ticket, clock, at, format)

    @router.get("/tickets/{ticket}/explain.svg", summary="Draw the clocks of a ticket as SVG", response_model=None)
    def picture(
        reader: Reader,
        ticket: Annotated[TicketId, Path(description="Ticket id")],
        clock: Word = None,
        at: Annotated[Instant | None, Query(description="Judge as of this instant. Default: now")] = None,
    ) -> Response:
        return queries.explain(reader, ticket, clock, at, "svg")

    return router


def _lists(queries: SlaQueries) -> APIRouter:
    router = APIRouter(tags=["sla"])

    @router.get("/breaches", summary="List breaches", response_model=None)
    def breaches(
        reader: Staff,
        page: Paged,
        client: Word = None,
        clock: Word = None,
        explained: bool | None = None,
        history: Annotated[bool, Query(description="List breaches of imported history instead")] = False,
    ) -> Response:
        wanted = _given(client=client, clock=clock, explained=explained, history=history)
        return queries.breaches(reader, wanted, page)

    @router.get("/due", summary="List running clocks by due time", response_model=None)
    def due(
        reader: Staff,
        page: Paged,
        client: Word = None,
        queue: Word = None,
        priority: Word = None,
        before: Instant | None = None,
    ) -> Response:
        return queries.due(reader, _given(client=client, queue=queue, priority=priority, before=before), page)

    return router


def _reports(queries: SlaQueries) -> APIRouter:
    router = APIRouter(tags=["sla"])

    @router.post("/what-if", summary="Compute attainment under another policy", response_model=None)
    def what_if_(reader: Analyst, body: WhatIf) -> Response:
        return queries.what_if(reader, body)

    @router.get("/exports/sla", summary="Export clocks, one line per clock and cycle", response_model=None)
    def export(
        reader: Exporter, policy: Annotated[Code | None, Query(description="Id of a policy")] = None
    ) -> Response:
        return queries.export(reader, None if policy is None else Judge(policy=policy))

    @router.post("/exports/sla", summary="Export clocks as judged by a policy document", response_model=None)
    def export_by(reader: Exporter, body: Judge) -> Response:
        return queries.export(reader, body)

    return router


def _given(**filters: object) -> dict[str, object]:
    return {name: value for name, value in filters.items() if value is not None}
