"""`policy-selected`: which policy, calendar and targets judge a cycle, said again when they change."""

from __future__ import annotations

import msgspec

from desk.ticket.event import Draft
from desk.ticket.sla import facts as f
from desk_sla.decisions.standing import Standing, chosen, named_aims
from desk_sla.engine.goals import Aim
from desk_sla.judging import Judging

PRINCIPAL = ("resolution", "response", "next-response", "plan")
"""The calendar of the first of these that has a goal is the one that the ticket is rated by."""


def select(standing: Standing, ticket: Judging, cycle: int) -> list[Draft]:
    """The selection for a cycle, unless it is recorded as it is."""
    picked = chosen(standing)
    if picked is None:
        return []
    found = named_aims(standing)
    goals = {family: aim for family, aim in found.items() if aim.goal is not None and aim.calendar is not None}
    leading = next((goals[family] for family in PRINCIPAL if family in goals), None)
    calendar = leading.calendar if leading is not None else None
    if calendar is None:
        return []
    last = ticket.sla.policies.get(cycle)
    policy = picked.policy
    told = f.PolicySelected(
        revision=1 if last is None else last.revision,
        policy=policy.id,
        policy_version=str(policy.version),
        calendar=calendar.id,
        calendar_version=str(calendar.version),
        zone=calendar.zone,
        zone_source=calendar.zone_source,  # type: ignore[arg-type]
        targets=tuple(_target(family, aim, policy.thresholds) for family, aim in goals.items() if aim.seconds),
        why=(*picked.why, *(_why(leading))),
        change_rule=policy.change.get("priority", "forward"),
        stops_at=policy.stops_at,
        priority_rule=policy.priority_rule,
    )
    if last is not None:
        if msgspec.structs.replace(told, why=last.why) == last:
            return []
        told = msgspec.structs.replace(told, revision=last.revision + 1)
    return [Draft(data=told, cycle=cycle)]


def _target(family: str, aim: Aim, thresholds: tuple[int, ...]) -> f.Target:
    return f.Target(clock=family, seconds=aim.seconds or 0, thresholds=thresholds)


def _why(aim: Aim | None) -> tuple[str, ...]:
    return aim.goal.why if aim is not None and aim.goal is not None else ()
