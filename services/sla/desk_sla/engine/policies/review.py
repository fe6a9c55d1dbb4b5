"""Rules and policies that can never win: reported before a document is published."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import msgspec

from desk.calendars.problems import Problem
from desk.calendars.times import HORIZON_END
from desk_sla.engine.policies.document import FAMILIES, Criterion, Family, PolicyDocument, Rule, When
from desk_sla.engine.policies.selection import Subject, choose_policy, goal

KINDS = ("incident", "quick", "alert", "request", "security")
PRIORITIES = ("P1", "P2", "P3", "P4", None)
"""None: not assessed yet."""
_MOST = 20_000


def review(policy: PolicyDocument) -> tuple[Problem, ...]:
    """A problem for every rule that no ticket can reach, wholly or for some of its goals."""
    found = []
    for number, rule in enumerate(policy.rules):
        families: Sequence[Family] = FAMILIES if rule.no_sla is not None else tuple(rule.goals)
        dead = [family for family in families if not _wins(policy, rule, family)]
        if dead and (rule.no_sla is None or len(dead) == len(families)):
            blame = ", ".join(sorted({_winner(policy, rule, family) for family in dead}))
            fault = f"rule {rule.id} can never decide {', '.join(dead)}: {blame} always wins"
            remedy = "narrow the winning rule, put this one first, or remove it"
            found.append(Problem(field=f"rules.{number}", fault=fault, remedy=remedy, code="shadowed"))
    return tuple(found)


def review_policies(policies: Sequence[PolicyDocument]) -> tuple[Problem, ...]:
    """A problem for every policy that no ticket can reach because another one always wins."""
    found = []
    for policy in policies:
        picks = [choose_policy(policies, subject, HORIZON_END) for subject in _subjects(policy.applies)]
        if all(pick is not None and pick.policy.id != policy.id for pick in picks):
            blame = ", ".join(sorted({pick.policy.id for pick in picks if pick is not None}))
            fault = f"policy {policy.id} can never apply: {blame} always wins"
            remedy = "narrow what the winning policy applies to, or retire this one"
            found.append(Problem(field="applies", fault=fault, remedy=remedy, code="shadowed"))
    return tuple(found)


def _wins(policy: PolicyDocument, rule: Rule, family: Family) -> bool:
    chosen = (goal(policy, family, subject) for subject in _subjects(rule.when, policy.applies))
    return any(one is not None and one.rule == rule.id for one in chosen)


def _winner(policy: PolicyDocument, rule: Rule, family: Family) -> str:
    for subject in _subjects(rule.when, policy.applies):
        chosen = goal(policy, family, subject)
        if chosen is not None:
            return chosen.rule
    return f"applies of policy {policy.id}"


def _subjects(when: When, within: When | None = None) -> list[Subject]:
    """Tickets that fit, one for each choice that could matter: named values, every kind and priority, else nothing.

    A criterion with open values that is not named stays empty: no other rule that names it can then win.
    """
    named, outer = when.named(), within.named() if within is not None else {}
    choices: dict[Criterion, tuple[str | None, ...]] = {"kind": KINDS, "priority": PRIORITIES, **outer}
    for criterion, values in named.items():
        allowed = outer.get(criterion)
        choices[criterion] = tuple(value for value in values if allowed is None or value in allowed)
    combinations = list(product(*choices.values()))[:_MOST]
    return [msgspec.convert(dict(zip(choices, values, strict=True)), Subject) for values in combinations]
