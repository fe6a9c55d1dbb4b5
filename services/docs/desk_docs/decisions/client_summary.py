"""Informs the client in plain English (step 16); internal details are refused."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import Field

from desk.contract.event import Draft, Event
from desk.contract.ticket.docs import client as cl
from desk.contract.ticket.gates import CLOSE
from desk.contract.ticket.intake.conversation import ReplySent, ReplyUndelivered
from desk.contract.ticket.ticket import Ticket
from desk.decision.command import TicketBody
from desk.decision.context import DecisionContext
from desk.decision.policies.patterns import danger, spans
from desk.decision.refusal import Refusal
from desk.policies.write_back import ensure_message_may_leave


class SendSummary(TicketBody):
    text: str = Field(min_length=1, max_length=10_000)
    audience: cl.Audience = "requester"


def send_summary(body: SendSummary, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Record the approved text, which intake delivers. The same text to the same audience again records nothing, unless
    it was not delivered or was written before another fix. It follows the documentation, but a cancelled cycle has no
    resolution to document.
    """
    cycle, attempt, end = ticket.cycle, ticket.triage.attempt.fix_number, ticket.triage.end
    cancelled = end is not None and end.kind == "cancelled"
    if not cancelled and not CLOSE["documented"].check(ticket, "mandatory"):
        raise Refusal("gates_open", missing=[("documented", "docs", "document the resolution first")])
    if ticket.intake.contact is None:
        raise Refusal("no_address")
    spans = internal_spans(body.text, context.policies.summary_lint.patterns)
    if spans:
        raise Refusal("internal_detail", spans=[list(span) for span in spans])
    text_hash = context.fingerprint(body.text)
    written = ticket.docs.summaries.get(cycle, ())
    same = bool(written) and (written[-1].text_hash, written[-1].audience) == (text_hash, body.audience)
    if same and written[-1].state != "failed" and written[-1].attempt in (None, attempt):
        return []
    ensure_message_may_leave(ticket, context.policies)
    data = cl.ClientSummaryWritten(
        rev=len(written) + 1, audience=body.audience, text=body.text, text_hash=text_hash, attempt=attempt
    )
    return [Draft(data=data, cycle=cycle)]


def undelivered(event: Event[ReplyUndelivered], ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Mark a summary as failed when its message was not delivered."""
    lost = event.data
    found = [
        (cycle, summary)
        for cycle, revisions in ticket.docs.summaries.items()
        for summary in revisions
        if summary.message == lost.message and summary.state == "sent"
    ]
    return [
        Draft(
            data=cl.ClientSummaryFailed(rev=s.rev, audience=s.audience, channel="psa", reason=lost.reason),
            cycle=cycle,
        )
        for cycle, s in found
    ]


def internal_spans(text: str, patterns: Mapping[str, str]) -> list[tuple[str, int, int]]:
    """Spans with internal details, as (name of the pattern, start, end) in the order of the text.

    A pattern of an earlier release that may run too long is not run. The whole text counts as its span, so that nothing
    internal is sent unchecked, until a better pattern is published.
    """
    found = [
        (name, start, end)
        for name, pattern in patterns.items()
        for start, end in ([(0, len(text))] if danger(pattern) else spans(pattern, text))
    ]
    return sorted(found, key=lambda span: span[1:])


def delivered(event: Event[ReplySent], ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Mark a summary as sent. `summary` of intake's reply names its cycle and revision as `cycle.rev`."""
    reply = event.data
    if reply.summary is None:
        return []
    cycle, _, rev = reply.summary.partition(".")
    summary = next((s for s in ticket.docs.summaries.get(int(cycle), ()) if s.rev == int(rev)), None)
    if summary is None or summary.state == "sent":
        return []
    data = cl.ClientSummarySent(
        rev=summary.rev,
        audience=summary.audience,
        channel=reply.channel,
        message=reply.message,
        text_hash=summary.text_hash,
    )
    return [Draft(data=data, cycle=int(cycle), time=event.time)]
