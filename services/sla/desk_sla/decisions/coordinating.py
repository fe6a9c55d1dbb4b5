"""Commands of the coordinator: explain a breach, extend a due time that has not passed."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from desk.calendars.times import duration, iso, to_datetime, to_seconds
from desk.contract.bounds import Instant
from desk.contract.event import Draft
from desk.contract.ticket.sla import facts as f
from desk.contract.ticket.ticket import Ticket
from desk.decision.command import TicketBody
from desk.decision.context import DecisionContext
from desk.decision.refusal import Refusal
from desk.decision.repeats import content_hash
from desk_sla.clocks.state import TicketWithTimeline, with_timeline
from desk_sla.decisions.clock_state import clock_state
from desk_sla.engine.judge import Judged
from desk_sla.policies import rules_of

Code = Literal["workload", "skill", "client", "vendor", "parts", "process", "tooling", "wrong-priority", "other"]


class ExplainBreach(TicketBody):
    verdict: UUID = Field(description="Id of the breach, from GET /breaches")
    code: Code = Field(description="Reason for the breach")
    owner: str = Field(min_length=1, max_length=100, description="Owner of the follow-up")
    note: str = Field(default="", max_length=2000)


class ExtendTarget(TicketBody):
    clock: str = Field(min_length=1, max_length=200, description="Name of the clock, e.g. resolution")
    new_due: Instant
    reason: str = Field(min_length=1, max_length=2000)


def explain_breach(body: ExplainBreach, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Record reason and owner of a breach that was not retracted. The same again records nothing."""
    if body.verdict not in ticket.sla.breaches:
        raise Refusal("no_breach", f"verdict: {body.verdict} is not a breach of this ticket, or was retracted")
    said = content_hash(body, context)
    recorded = ticket.sla.explained.get(body.verdict)
    if recorded is not None and recorded.text_hash == said:
        return []
    data = f.BreachExplained(verdict=body.verdict, code=body.code, owner=body.owner, note=body.note, text_hash=said)
    return [Draft(data=data)]


def extend_target(body: ExtendTarget, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Extend a running clock of the current cycle, once, within the limit of its policy."""
    one = _running(body.clock, with_timeline(ticket), context)
    recorded = ticket.sla.clock(one.name, one.cycle)
    if recorded is not None and recorded.extensions:
        raise _invalid("clock", f"{one.name} was extended once already", "Explain the breach when it occurs.")
    due = _promised(body.new_due, one, to_seconds(context.now))
    extended = f.TargetExtended(
        command=str(context.id),
        clock=one.name,
        new_due=to_datetime(due),
        by=context.actor.id,
        reason=body.reason,
    )
    return [Draft(data=extended, cycle=one.cycle)]


def _running(name: str, ticket: TicketWithTimeline, context: DecisionContext) -> Judged:
    current = clock_state(ticket, rules_of(context.policies), to_seconds(context.now))
    clocks = current.clocks if current is not None else ()
    mine = {one.name: one for one in clocks if one.cycle == ticket.cycle}
    one = mine.get(name)
    if one is None:
        raise _invalid("clock", f"no clock {name!r} runs in this cycle", f"Use one of: {', '.join(mine) or 'none'}.")
    if one.position.verdict == "breached":
        raise Refusal("already_breached")
    if one.position.verdict != "open" or one.position.due is None:
        state = "paused" if one.position.state == "paused" else "over"
        raise _invalid("clock", f"{name} is {state}", "Extend a clock while it runs.")
    return one


def _promised(wanted: datetime, one: Judged, now: int) -> int:
    """The due time in UTC seconds: the end of the last working time before `wanted`."""
    position, rev = one.position, one.position.revision
    more = rev.calendar.elapsed_s(now, to_seconds(wanted))
    due = rev.calendar.due_s(now, more) if more > 0 else now
    if position.due is None or due <= position.due:
        due_text = "" if position.due is None else iso(position.due)
        raise _invalid("new_due", f"{one.name} is due {due_text}", "Choose a working time after that.")
    chosen = one.aims[-1].chosen
    first = next(rev.target for rev in position.revisions[::-1] if rev.mode != "extension") or 0
    most = first + first * (chosen.policy.extension_limit if chosen is not None else 0) // 100
    if position.elapsed + more > most:
        latest = iso(rev.calendar.due_s(now, max(0, most - position.elapsed)))
        raise _invalid("new_due", f"the policy allows {duration(most)} in all", f"Choose {latest} at the latest.")
    return due


def _invalid(field: str, detail: str, remedy: str) -> Refusal:
    return Refusal("invalid_field", f"{field}: {detail}", remedy=remedy, field=field)
