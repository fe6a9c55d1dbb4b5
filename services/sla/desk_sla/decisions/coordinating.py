"""What the coordinator does: a breach is explained, a due time is extended before it has passed."""

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
from desk_sla.clocks.state import Judging, judging
from desk_sla.decisions.clock_state import clock_state
from desk_sla.engine.judge import Judged
from desk_sla.policies import rules_of

Code = Literal["workload", "skill", "client", "vendor", "parts", "process", "tooling", "wrong-priority", "other"]


class ExplainBreach(TicketBody):
    verdict: UUID = Field(description="Id of the breach, from GET /breaches")
    code: Code = Field(description="Why it happened")
    owner: str = Field(min_length=1, max_length=100, description="Who owns what follows from it")
    note: str = Field(default="", max_length=2000)


class ExtendTarget(TicketBody):
    clock: str = Field(min_length=1, max_length=200, description="e.g. resolution")
    new_due: Instant
    reason: str = Field(min_length=1, max_length=2000)


def explain_breach(body: ExplainBreach, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """The reason code of a breach that stands, and its owner. The same code again records nothing."""
    if body.verdict not in ticket.sla.breaches:
        raise Refusal("no_breach", f"verdict: {body.verdict} is no breach of this ticket that stands")
    if ticket.sla.explained.get(body.verdict) == body.code:
        return []
    return [Draft(data=f.BreachExplained(verdict=body.verdict, code=body.code, owner=body.owner, note=body.note))]


def extend_target(body: ExtendTarget, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """A later due time for a running clock of the current cycle, once, no longer than its policy allows."""
    one = _running(body.clock, judging(ticket), context)
    known = ticket.sla.clock(one.name, one.cycle)
    if known is not None and known.extensions:
        raise _invalid("clock", f"{one.name} was extended once already", "Explain the breach when it comes.")
    due = _promised(body.new_due, one, to_seconds(context.now))
    extended = f.TargetExtended(
        command=str(context.id),
        clock=one.name,
        new_due=to_datetime(due),
        by=context.actor.id,
        reason=body.reason,
    )
    return [Draft(data=extended, cycle=one.cycle)]


def _running(name: str, ticket: Judging, context: DecisionContext) -> Judged:
    standing = clock_state(ticket, rules_of(context.policies), to_seconds(context.now))
    clocks = standing.clocks if standing is not None else ()
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
    """The due time as the calendar has it: the end of the working time before `wanted`."""
    stands, rev = one.position, one.position.revision
    more = rev.calendar.elapsed_s(now, to_seconds(wanted))
    due = rev.calendar.due_s(now, more) if more > 0 else now
    if stands.due is None or due <= stands.due:
        shown = "" if stands.due is None else iso(stands.due)
        raise _invalid("new_due", f"{one.name} is due {shown}", "Choose a working time after that.")
    chosen = one.aims[-1].chosen
    first = next(rev.target for rev in stands.revisions[::-1] if rev.mode != "extension") or 0
    most = first + first * (chosen.policy.extension_limit if chosen is not None else 0) // 100
    if stands.elapsed + more > most:
        latest = iso(rev.calendar.due_s(now, max(0, most - stands.elapsed)))
        raise _invalid("new_due", f"the policy allows {duration(most)} in all", f"Choose {latest} at the latest.")
    return due


def _invalid(field: str, detail: str, remedy: str) -> Refusal:
    return Refusal("invalid_field", f"{field}: {detail}", remedy=remedy, field=field)
