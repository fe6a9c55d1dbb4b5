"""Billing's own routes: explanations of rated labour."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from starlette.responses import PlainTextResponse, Response

from desk.contract.bounds import Code, TicketId
from desk.contract.event import Stream
from desk.contract.ticket.ticket import Ticket
from desk.http.app.responses import json_response
from desk.http.app.schemas import returns
from desk.http.auth.access import Staff, ensure_visible
from desk.service.parts import Parts
from desk_billing.queries.explanation import LabourExplanation, explained, render_text


def routers(parts: Parts) -> Sequence[APIRouter]:
    """Routes of billing in addition to those that every service has (commands, reads, exports, policies)."""
    router, log = APIRouter(tags=["billing"]), parts.service.log

    @router.get(
        "/tickets/{ticket}/explain",
        summary="Explain the rating of a ticket's labour",
        response_model=None,
        responses=returns(LabourExplanation, "Entries with their lines and the reasons"),
    )
    def explain(
        reader: Staff,
        ticket: Annotated[TicketId, Path(description="Ticket id")],
        entry: Annotated[Code | None, Query(description="Entry. Default: every entry of the ticket")] = None,
        format: Literal["json", "text"] = "json",
    ) -> Response:
        state: Ticket = log.replica(Stream.TICKETS, ticket).state
        ensure_visible(reader, state)
        answer = explained(ticket, state, parts.policies, entry)
        return PlainTextResponse(render_text(answer)) if format == "text" else json_response(answer)

    return (router,)
