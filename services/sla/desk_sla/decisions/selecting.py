"""Records `policy-selected`: the policy, calendar and targets of a cycle, again whenever they change."""

from __future__ import annotations

from msgspec.structs import replace

from desk.contract.event import Draft
from desk.contract.ticket.sla import facts as f
from desk_sla.clocks.state import TicketWithTimeline
from desk_sla.decisions.clock_state import ClockState, chosen, named_aims
from desk_sla.engine.goals import Aim

PRINCIPAL = ("resolution", "response", "next-response", "plan")
"""The calendar of the first of these that has a goal is recorded, and billing rates the ticket by it."""


def select(state: ClockState, ticket: TicketWithTimeline, cycle: int) -> list[Draft]:
    """Record the selection of a cycle, unless it is unchanged."""
    current = selection(state)
    if current is None:
        return []
    last = ticket.sla.policies.get(cycle)
    if last is not None:
        if replace(current, why=last.why, revision=last.revision) == last:
            return []
        current = replace(current, revision=last.revision + 1)
    return [Draft(data=current, cycle=cycle)]


def selection(state: ClockState) -> f.PolicySelected | None:
    """The selection for the ticket in its present state; None when no policy applies or none of its rules matches."""
    picked = chosen(state)
    goals = {family: aim for family, aim in named_aims(state).items() if aim.goal and aim.calendar}
    leading = next((goals[family] for family in PRINCIPAL if family in goals), None)
    calendar = leading.calendar if leading is not None else None
    if picked is None or calendar is None:
        return None
    policy = picked.policy
    return f.PolicySelected(
        revision=1,
        policy=policy.id,
        policy_version=str(policy.version),
        calendar=calendar.id,
        calendar_version=str(calendar.version),
        zone=calendar.zone,
        zone_source=calendar.zone_source,  # type: ignore[arg-type]
        targets=tuple(_target(family, aim, policy.thresholds) for family, aim in goals.items() if aim.seconds),
        why=(*picked.why, *_why(leading)),
        change_rule=policy.change.get("priority", "forward"),
        stops_at=policy.stops_at,
        priority_rule=policy.priority_rule,
    )


def _target(family: str, aim: Aim, thresholds: tuple[int, ...]) -> f.Target:
    return f.Target(clock=family, seconds=aim.seconds or 0, thresholds=thresholds)


def _why(aim: Aim | None) -> tuple[str, ...]:
    return aim.goal.why if aim is not None and aim.goal is not None else ()
