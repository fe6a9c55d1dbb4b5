"""Selects the policy and the rule for a ticket, with the reasons why the others do not apply."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from desk.calendars.times import duration, parse_duration, to_seconds
from desk_sla.engine.policies.document import NONE, PRECEDENCE, Criterion, Family, PolicyDocument, Rule, When


class Subject(msgspec.Struct, frozen=True):
    """The properties of a ticket that rules select by. ``calendar``: the one that its contract names. ``zones``: IANA
    zone by source (client, caller, asset)."""

    client: str | None = None
    agreement: str | None = None
    tier: str | None = None
    team: str | None = None
    vendor: str | None = None
    asset_class: str | None = None
    kind: str = "incident"
    priority: str | None = None
    calendar: str | None = None
    zones: dict[str, str] = {}


class Goal(msgspec.Struct, frozen=True):
    """The target of one clock. ``seconds`` None = explicitly no SLA, for ``reason``.

    ``calendar_from``: a rule's calendar beats the contract's, which beats the policy's.
    ``why``: sentences, the winner first, then each other rule with the reason why it lost.
    """

    family: Family
    rule: str
    seconds: int | None
    calendar: str
    calendar_from: Literal["rule", "contract", "policy"]
    reason: str
    why: tuple[str, ...]


class Chosen(msgspec.Struct, frozen=True):
    """The selected policy, with the reasons."""

    policy: PolicyDocument
    why: tuple[str, ...]


def choose_policy(policies: Sequence[PolicyDocument], subject: Subject, at: int) -> Chosen | None:
    """Select the policy in force at ``at`` (UTC seconds) with the most specific ``applies``, by PRECEDENCE.

    None when none matches. Of several versions of one policy, the newest in force counts.
    """
    current = _in_force(policies, at)
    ranked = sorted(enumerate(current), key=lambda pair: (_rank(pair[1].applies), pair[0]))
    fitting = [policy for _, policy in ranked if _misfit(policy.applies, subject) is None]
    if not fitting:
        return None
    winner = fitting[0]
    why = [f"policy {winner.id} v{winner.version} applies: {_says(winner.applies)}"]
    for policy in current:
        if policy is not winner:
            why.append(f"policy {policy.id} v{policy.version}: {_lost(policy.applies, winner.applies, subject)}")
    return Chosen(policy=winner, why=tuple(why))


def goal(policy: PolicyDocument, family: Family, subject: Subject) -> Goal | None:
    """The target of one clock by the most specific rule, by PRECEDENCE; None when no rule sets one."""
    speaking = [rule for rule in policy.rules if rule.no_sla is not None or family in rule.goals]
    ranked = sorted(enumerate(speaking), key=lambda pair: (_rank(pair[1].when), pair[0]))
    fitting = [rule for _, rule in ranked if _misfit(rule.when, subject) is None]
    if not fitting:
        return None
    winner = fitting[0]
    text = NONE if winner.no_sla is not None else winner.goals[family]
    seconds = None if text == NONE else parse_duration(text)
    target = "explicitly no SLA" if seconds is None else f"{family} {duration(seconds)}"
    why = [f"rule {winner.id} of {policy.id} v{policy.version}: {target}, {_says(winner.when)}"]
    why += [f"rule {rule.id}: {_lost(rule.when, winner.when, subject)}" for rule in speaking if rule is not winner]
    return Goal(
        family=family,
        rule=winner.id,
        seconds=seconds,
        calendar=winner.calendar or subject.calendar or policy.calendar,
        calendar_from="rule" if winner.calendar else "contract" if subject.calendar else "policy",
        reason="" if seconds is not None else _reason(winner, family),
        why=tuple(why),
    )


def zone_of(policy: PolicyDocument, subject: Subject) -> tuple[str | None, str]:
    """(zone, source) by the policy's order of sources; (None, policy) = the calendar's own zone."""
    for source in policy.zone_from:
        if source == "policy":
            break
        if source in subject.zones:
            return subject.zones[source], source
    return None, "policy"


def _in_force(policies: Sequence[PolicyDocument], at: int) -> list[PolicyDocument]:
    newest: dict[str, PolicyDocument] = {}
    for policy in policies:
        begun = policy.effective_from is None or to_seconds(policy.effective_from) <= at
        if begun and (policy.id not in newest or newest[policy.id].version < policy.version):
            newest[policy.id] = policy
    return list(newest.values())


def _rank(when: When) -> tuple[bool, ...]:
    named = when.named()
    return tuple(criterion not in named for criterion in PRECEDENCE)


def _misfit(when: When, subject: Subject) -> Criterion | None:
    """The first criterion that does not hold, in order of precedence."""
    for criterion, values in when.named().items():
        if getattr(subject, criterion) not in values:
            return criterion
    return None


def _says(when: When) -> str:
    named = when.named()
    if not named:
        return "for every ticket"
    return "for " + ", ".join(f"{criterion} {' or '.join(values)}" for criterion, values in named.items())


def _lost(when: When, winner: When, subject: Subject) -> str:
    misfit = _misfit(when, subject)
    if misfit is not None:
        wanted = " or ".join(when.named()[misfit])
        return f"not for this ticket, it asks for {misfit} {wanted} and finds {getattr(subject, misfit) or 'none'}"
    context = [c for c in PRECEDENCE if c in winner.named() and c not in when.named()]
    return f"fits too, but does not name the {context[0]}" if context else "fits too, but is written later"


def _reason(rule: Rule, family: Family) -> str:
    return rule.no_sla or f"rule {rule.id} says {family}: none"
