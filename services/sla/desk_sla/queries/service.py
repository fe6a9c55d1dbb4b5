"""Answers the queries of the HTTP routes from one service's replica."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Literal

import msgspec
from pydantic import Field
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from desk.calendars.times import to_seconds
from desk.contract.audiences import Audience
from desk.contract.bounds import Code, Document, Instant
from desk.contract.event import Stream
from desk.decision.command_body import Body
from desk.decision.principal import Principal
from desk.http.app.responses import json_response
from desk.http.auth.access import ensure_visible, visible_clients
from desk.http.reads.audience import audience_of
from desk.projections.exports.ndjson import lines
from desk.service.parts import Parts
from desk_sla.clocks.state import TicketWithTimeline
from desk_sla.documents import rulebook_of
from desk_sla.policies import rules_of
from desk_sla.queries import export as exporting
from desk_sla.queries.explanation import Answer, drawn, explained, render_text
from desk_sla.queries.what_if import what_if

MOST = 100_000
PICTURE = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}
"""Headers under which a picture opened on its own runs and loads nothing."""
Form = Literal["json", "text", "svg"]
Calendars = Annotated[list[Document], Field(max_length=5)]


class WhatIf(Body):
    """Body of a what-if question: another policy, over the tickets opened in [from, to)."""

    policy: Code | Document = Field(description="A policy document, or the id of a published one")
    calendars: Calendars = Field([], description="Calendars that the policy names and that are not published")
    start: Instant | None = Field(None, alias="from")
    end: Instant | None = Field(None, alias="to")
    differing: int = Field(1000, ge=0, le=MOST, description="Maximum number of differing clocks to list")


class Judge(Body):
    """Body of an export: the policy to judge by."""

    policy: Code | Document
    calendars: Calendars = []


class SlaQueries:
    """Queries on one service's replica."""

    def __init__(self, parts: Parts) -> None:
        self._log, self.rules, self._disclose = parts.service.log, rules_of(parts.policies), parts.disclose

    def explain(
        self, reader: Principal, ticket_id: str, clock: str | None, at: datetime | None, form: Form
    ) -> Response:
        """Explain one ticket's clocks as of `at`, as JSON, text or SVG; to client-it those agreed with the client."""
        ticket: TicketWithTimeline = self._log.replica(Stream.TICKETS, ticket_id).state
        ensure_visible(reader, ticket)
        when, agreed = at or self._log.clock.now(), audience_of(reader) is Audience.CLIENT_IT
        if form == "svg":
            drawing = drawn(ticket_id, ticket, self.rules, when, clock, agreed=agreed)
            return Response(drawing, media_type="image/svg+xml", headers=PICTURE)
        answer = self._disclose(explained(ticket_id, ticket, self.rules, when, clock, agreed=agreed))
        assert isinstance(answer, Answer)
        return PlainTextResponse(render_text(answer)) if form == "text" else json_response(answer)

    def what_if(self, reader: Principal, body: WhatIf) -> Response:
        """Attainment under the given policy and as recorded. Streamed: the computation may take long."""
        now = to_seconds(self._log.clock.now())
        period = (to_seconds(body.start) if body.start else 0, to_seconds(body.end) if body.end else now + 1)
        book = rulebook_of(self.rules, body.policy, body.calendars)

        def answer() -> Iterator[bytes]:
            yield msgspec.json.encode(what_if(self._log, book, period, now, body.differing, visible_clients(reader)))

        return StreamingResponse(answer(), media_type="application/json")

    def export(self, reader: Principal, judge: Judge | None) -> Response:
        """Export one line per clock and cycle."""
        book = None if judge is None else rulebook_of(self.rules, judge.policy, judge.calendars)
        return lines(lambda: exporting.rows(self._log, self.rules, book, visible_clients(reader)))
