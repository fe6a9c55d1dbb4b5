"""Remote sessions on the linked device (step 6): their start and end."""

from __future__ import annotations

from pydantic import Field

from desk.contract.bounds import Code, Id
from desk.contract.event import Draft
from desk.contract.ticket.ticket import Ticket
from desk.contract.ticket.triage import diagnosis as dx
from desk.decision.command import TicketBody
from desk.decision.context import DecisionContext
from desk.decision.refusal import Refusal
from desk.decision.repeats import content_hash, repeated


class OpenSession(TicketBody):
    tool: Code = Field(description="Tool of the session", examples=["screenconnect"])
    with_user: bool = Field(description="Whether the user takes part and sees the screen")
    session: Id | None = Field(None, description="The tool's id of the session. Default: an id of the desk")


class EndSession(TicketBody):
    session: Id | None = Field(None, description="Session to end. Default: the only one that is open")


def open_session(body: OpenSession, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Record the start of a session on the linked device. A session that is open already records nothing."""
    asset = ticket.intake.asset
    if asset is None:
        raise Refusal("asset_missing", "A session runs on the linked device.", remedy="Link the device (link-asset).")
    session = body.session or str(context.id)
    body = body.model_copy(update={"session": session})
    state = ticket.triage.sessions.get(session)
    if state == "open":
        return repeated(dx.SessionStarted, session, body=body, texts=ticket.triage.texts, context=context)
    if state is not None:
        remedy = "Send the id of the new session, or leave it out."
        raise Refusal("invalid_field", f"session: {session!r} has ended.", remedy=remedy)
    said = content_hash(body, context)
    data = dx.SessionStarted(
        session=session, tool=body.tool, device=asset.device, with_user=body.with_user, text_hash=said
    )
    return [Draft(data=data)]


def end_session(body: EndSession, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Record the end of a session. A session that has ended records nothing."""
    session = body.session or _only_open(ticket)
    ensure_on_ticket(session, ticket)
    return [Draft(data=dx.SessionEnded(session=session))] if ticket.triage.sessions[session] == "open" else []


def ensure_on_ticket(session: str | None, ticket: Ticket) -> None:
    """Refuse a session that was never opened on this ticket: what was seen in it would prove nothing."""
    if session is not None and session not in ticket.triage.sessions:
        remedy = "Open it (open-session), or name one that was opened on this ticket."
        raise Refusal("no_session", f"session: {session!r} was not opened on this ticket.", remedy=remedy)


def _only_open(ticket: Ticket) -> str:
    still_open = [session for session, state in ticket.triage.sessions.items() if state == "open"]
    if not still_open:
        raise Refusal("no_session")
    if len(still_open) > 1:
        raise Refusal("no_session", "Several sessions are open.", remedy=f"Name one of {', '.join(still_open)}.")
    return still_open[0]
