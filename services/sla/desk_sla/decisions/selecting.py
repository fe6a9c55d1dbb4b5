"""`policy-selected`: which policy, calendar and targets judge a cycle, said again when they change."""

from __future__ import annotations

from msgspec.structs import replace

from desk.contract.event import Draft
from desk.contract.ticket.sla import facts as f
from desk_sla.clocks.state import Judging
from desk_sla.decisions.clock_state import ClockState, chosen, named_aims
from desk_sla.engine.goals import Aim

PRINCIPAL = ("resolution", "response", "next-response", "plan")
"""The calendar of the first of these that has a goal is the one that the ticket is rated by."""


def select(standing: ClockState, ticket: Judging, cycle: int) -> list[Draft]:
    """The selection for a cycle, unless it is recorded as it is."""
    told = selection(standing)
    if told is None:
        return []
    last = ticket.sla.policies.get(cycle)
    if last is not None:
        if replace(told, why=last.why, revision=last.revision) == last:
            return []
        told = replace(told, revision=last.revision + 1)
    return [Draft(data=told, cycle=cycle)]


def selection(standing: ClockState) -> f.PolicySelected | None:
    """What judges the ticket as it is; None when no policy applies or none of its rules speaks."""
    picked = chosen(standing)
    goals = {family: aim for family, aim in named_aims(standing).items() if aim.goal and aim.calendar}
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
