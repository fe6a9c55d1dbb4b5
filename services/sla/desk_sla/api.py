"""Sla's own routes: explain a clock, the coordinator's queue, the list for dispatch, what-if, the export."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query
from starlette.responses import Response

from desk.contract.bounds import Code, Filter, Instant, TicketId
from desk.decision.principal import Principal, Role
from desk.http.auth.access import require
from desk.http.reads.paging import PageRequest, paging
from desk.service.parts import Parts
from desk_sla.queries.service import Judge, Questions, WhatIf

STAFF = tuple(role for role in Role if role not in (Role.SERVICE, Role.CLIENT_IT))
Staff = Annotated[Principal, Depends(require(*STAFF))]
Reader = Annotated[Principal, Depends(require(*STAFF, Role.CLIENT_IT))]
Analyst = Annotated[Principal, Depends(require(Role.COORDINATOR, Role.ACCOUNT_MANAGER, Role.ADMIN))]
Exporter = Annotated[Principal, Depends(require(*STAFF, Role.SERVICE))]
Paged = Annotated[PageRequest, Depends(paging)]
Word = Annotated[Filter | None, Query()]


def routers(parts: Parts) -> Sequence[APIRouter]:
    """The routes beside commands, reads, exports and policies."""
    questions = Questions(parts)
    return (_explanations(questions), _lists(questions), _reports(questions))


def _explanations(questions: Questions) -> APIRouter:
    router = APIRouter(tags=["sla"])

    @router.get("/tickets/{ticket}/explain", summary="Why a clock stands where it stands", response_model=None)
    def explain(
        reader: Reader,
        ticket: Annotated[TicketId, Path(description="Ticket id")],
        clock: Word = None,
        at: Annotated[Instant | None, Query(description="As of then; now when left out")] = None,
        format: Literal["json", "text"] = "json",
    ) -> Response:
        return questions.explain(reader, ticket, clock, at, format)

    @router.get("/tickets/{ticket}/explain.svg", summary="The same as a picture", response_model=None)
    def picture(
        reader: Reader,
        ticket: Annotated[TicketId, Path(description="Ticket id")],
        clock: Word = None,
        at: Annotated[Instant | None, Query(description="As of then; now when left out")] = None,
    ) -> Response:
        return questions.explain(reader, ticket, clock, at, "svg")

    return router


def _lists(questions: Questions) -> APIRouter:
    router = APIRouter(tags=["sla"])

    @router.get("/breaches", summary="The coordinator's queue", response_model=None)
    def breaches(
        reader: Staff,
        page: Paged,
        client: Word = None,
        clock: Word = None,
        explained: bool | None = None,
        history: Annotated[bool, Query(description="Those of imported history instead")] = False,
    ) -> Response:
        wanted = _given(client=client, clock=clock, explained=explained, history=history)
        return questions.breaches(reader, wanted, page)

    @router.get("/due", summary="Running clocks by time to breach", response_model=None)
    def due(
        reader: Staff,
        page: Paged,
        client: Word = None,
        queue: Word = None,
        priority: Word = None,
        before: Instant | None = None,
    ) -> Response:
        return questions.due(reader, _given(client=client, queue=queue, priority=priority, before=before), page)

    return router


def _reports(questions: Questions) -> APIRouter:
    router = APIRouter(tags=["sla"])

    @router.post("/what-if", summary="Attainment under another policy", response_model=None)
    def what_if_(reader: Analyst, body: WhatIf) -> Response:
        return questions.what_if(reader, body)

    @router.get("/exports/sla", summary="One line per clock and cycle", response_model=None)
    def export(
        reader: Exporter, policy: Annotated[Code | None, Query(description="Id of a policy")] = None
    ) -> Response:
        return questions.export(reader, None if policy is None else Judge(policy=policy))

    @router.post("/exports/sla", summary="The same, judged by a policy document", response_model=None)
    def export_by(reader: Exporter, body: Judge) -> Response:
        return questions.export(reader, body)

    return router


def _given(**filters: Any) -> dict[str, Any]:
    return {name: value for name, value in filters.items() if value is not None}
