"""Sla's own routes: explain a clock, the coordinator's queue, the list for dispatch, what-if, the export."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query
from pydantic import AwareDatetime, Field
from starlette.responses import PlainTextResponse, Response

from desk.bodies import Body
from desk.calendars.times import to_seconds
from desk.hosting import Parts
from desk.http.answers import json_response
from desk.http.auth import ensure_client, require
from desk.http.exports import lines
from desk.http.paging import PageRequest, paging
from desk.principals import Principal, Role
from desk.refusals import Refusal
from desk.ticket.event import Stream
from desk_sla.documents import rulebook_of
from desk_sla.judging import Judging
from desk_sla.policies import rules_of
from desk_sla.queries import exporting
from desk_sla.queries.explaining import explained, told
from desk_sla.queries.what_if import what_if
from desk_sla.views.breaches import queue
from desk_sla.views.clocks import coming

STAFF = tuple(role for role in Role if role not in (Role.SERVICE, Role.CLIENT_IT))
Staff = Annotated[Principal, Depends(require(*STAFF))]
Reader = Annotated[Principal, Depends(require(*STAFF, Role.CLIENT_IT))]
Analyst = Annotated[Principal, Depends(require(Role.COORDINATOR, Role.ACCOUNT_MANAGER, Role.ADMIN))]
Exporter = Annotated[Principal, Depends(require(*STAFF, Role.SERVICE))]
Paged = Annotated[PageRequest, Depends(paging)]
Word = Annotated[str | None, Query(max_length=200)]
NEVER = "infinity"
MOST = 100_000


class WhatIf(Body):
    """Another policy, over the tickets opened in [from, to)."""

    policy: str | dict[str, Any] = Field(description="A policy document, or the id of a published one")
    calendars: list[dict[str, Any]] = Field([], description="Calendars that it names and that are not published")
    start: AwareDatetime | None = Field(None, alias="from")
    end: AwareDatetime | None = Field(None, alias="to")
    differing: int = Field(1000, ge=0, le=MOST, description="How many differing clocks to list")


class Judge(Body):
    """What the export is judged by."""

    policy: str | dict[str, Any]
    calendars: list[dict[str, Any]] = []


class Questions:
    """Reads one service's replica."""

    def __init__(self, parts: Parts) -> None:
        self._log, self.rules = parts.service.log, rules_of(parts.policies)

    def explain(
        self, reader: Principal, ticket_id: str, clock: str | None, at: datetime | None, text: bool
    ) -> Response:
        """One ticket's clocks as of `at`, as JSON or in words."""
        ticket: Judging = self._log.replica(Stream.TICKETS, ticket_id).state
        if not ticket.intake.opened:
            raise Refusal("unknown_ticket")
        ensure_client(reader, ticket.intake.client)
        answer = explained(ticket_id, ticket, self.rules, at or self._log.clock.now(), clock)
        return PlainTextResponse(told(answer)) if text else json_response(answer)

    def breaches(self, reader: Principal, filters: Mapping[str, Any], page: PageRequest) -> Response:
        """A page of breaches that stand, the oldest first, with their age in seconds."""
        now, scope = self._log.clock.now(), scope_of(reader)
        rows = self._log.store.execute(lambda cursor: queue(cursor, filters, scope, page.limit + 1, page.after))
        items = [
            {**b._asdict(), "age": int((now - b.breached_at).total_seconds()), "explained": b.code is not None}
            for b in rows
        ]
        return page.answer(items, lambda item: (item["breached_at"], str(item["verdict"])))

    def due(self, reader: Principal, filters: Mapping[str, Any], page: PageRequest) -> Response:
        """A page of running clocks, the next to breach first, with the seconds left; paused ones last."""
        now, scope = self._log.clock.now(), scope_of(reader)
        rows = self._log.store.execute(lambda cursor: coming(cursor, filters, scope, page.limit + 1, page.after))
        items = [{**c._asdict(), "left": None if c.due is None else int((c.due - now).total_seconds())} for c in rows]
        return page.answer(items, lambda i: (i["due"] or NEVER, i["ticket_id"], i["clock"], i["cycle"]))

    def what_if(self, reader: Principal, body: WhatIf) -> Response:
        """Attainment under the policy beside the recorded one."""
        now = to_seconds(self._log.clock.now())
        period = (to_seconds(body.start) if body.start else 0, to_seconds(body.end) if body.end else now + 1)
        book = rulebook_of(self.rules, body.policy, body.calendars)
        return json_response(what_if(self._log, book, period, now, body.differing, scope_of(reader)))

    def export(self, reader: Principal, judge: Judge | None) -> Response:
        """A line per clock and cycle."""
        book = None if judge is None else rulebook_of(self.rules, judge.policy, judge.calendars)
        return lines(lambda: exporting.rows(self._log, self.rules, book, scope_of(reader)))


def scope_of(reader: Principal) -> Sequence[str] | None:
    """The clients that the caller sees; None = all."""
    return None if reader.clients == "*" else sorted(reader.clients)


def routers(parts: Parts) -> Sequence[APIRouter]:
    """The routes beside commands, reads, exports and policies."""
    questions = Questions(parts)
    return (_lists(questions), _reports(questions))


def _lists(questions: Questions) -> APIRouter:
    router = APIRouter(tags=["sla"])

    @router.get("/tickets/{ticket}/explain", summary="Why a clock stands where it stands", response_model=None)
    def explain(
        reader: Reader,
        ticket: Annotated[str, Path(max_length=64)],
        clock: Word = None,
        at: Annotated[AwareDatetime | None, Query(description="As of then; now when left out")] = None,
        format: Literal["json", "text"] = "json",
    ) -> Response:
        return questions.explain(reader, ticket, clock, at, format == "text")

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
        before: AwareDatetime | None = None,
    ) -> Response:
        return questions.due(reader, _given(client=client, queue=queue, priority=priority, before=before), page)

    return router


def _reports(questions: Questions) -> APIRouter:
    router = APIRouter(tags=["sla"])

    @router.post("/what-if", summary="Attainment under another policy", response_model=None)
    async def what_if_(reader: Analyst, body: WhatIf) -> Response:
        return await asyncio.to_thread(questions.what_if, reader, body)

    @router.get("/exports/sla", summary="One line per clock and cycle", response_model=None)
    def export(
        reader: Exporter, policy: Annotated[str | None, Query(max_length=100, description="Id of a policy")] = None
    ) -> Response:
        return questions.export(reader, None if policy is None else Judge(policy=policy))

    @router.post("/exports/sla", summary="The same, judged by a policy document", response_model=None)
    def export_by(reader: Exporter, body: Judge) -> Response:
        return questions.export(reader, body)

    return router


def _given(**filters: Any) -> dict[str, Any]:
    return {name: value for name, value in filters.items() if value is not None}
