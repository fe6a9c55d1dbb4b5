"""Sla's own routes: explanations of clocks, what-if and the export, and those of its read models."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query
from starlette.responses import Response

from desk.contract.bounds import Code, Instant, TicketId
from desk.decision.principal import Principal, Role
from desk.http.app.schemas import returns
from desk.http.auth.access import STAFF, require
from desk.http.reads.paging import Wanted
from desk.service.parts import Parts
from desk_sla.queries.service import Judge, SlaQueries, WhatIf
from desk_sla.responses import WhatIfAnswer
from desk_sla.views.breaches import breach_routes
from desk_sla.views.clocks import due_routes

Reader = Annotated[Principal, Depends(require(*STAFF, Role.CLIENT_IT))]
Analyst = Annotated[Principal, Depends(require(Role.COORDINATOR, Role.ACCOUNT_MANAGER, Role.ADMIN))]
Exporter = Annotated[Principal, Depends(require(*STAFF, Role.SERVICE))]


def routers(parts: Parts) -> Sequence[APIRouter]:
    """Routes of sla in addition to those that every service has (commands, reads, exports, policies)."""
    queries, log = SlaQueries(parts), parts.service.log
    return (_explanations(queries), breach_routes(log), due_routes(log), _reports(queries))


def _explanations(queries: SlaQueries) -> APIRouter:
    router = APIRouter(tags=["sla"])

    @router.get("/tickets/{ticket}/explain", summary="Explain the clocks of a ticket", response_model=None)
    def explain(
        reader: Reader,
        ticket: Annotated[TicketId, Path(description="Ticket id")],
        clock: Wanted = None,
        at: Annotated[Instant | None, Query(description="Judge as of this instant. Default: now")] = None,
        format: Literal["json", "text"] = "json",
    ) -> Response:
        return queries.explain(reader, ticket, clock, at, format)

    @router.get("/tickets/{ticket}/explain.svg", summary="Draw the clocks of a ticket as SVG", response_model=None)
    def picture(
        reader: Reader,
        ticket: Annotated[TicketId, Path(description="Ticket id")],
        clock: Wanted = None,
        at: Annotated[Instant | None, Query(description="Judge as of this instant. Default: now")] = None,
    ) -> Response:
        return queries.explain(reader, ticket, clock, at, "svg")

    return router


def _reports(queries: SlaQueries) -> APIRouter:
    router = APIRouter(tags=["sla"])

    @router.post(
        "/what-if",
        summary="Compute attainment under another policy",
        response_model=None,
        responses=returns(WhatIfAnswer, "Attainment by group"),
    )
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
