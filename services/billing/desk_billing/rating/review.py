"""Checks documents against each other before publication: rules that tie and differ, names that nothing has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from desk.calendars.problems import Problem
from desk.decision.policies.labour.card import FIXED_BANDS, RateCard
from desk.decision.policies.labour.conditions import When, compatible
from desk.decision.policies.labour.rules import BillingRules, Rule
from desk.decision.policies.labour.terms import Destination, Exclusion, Inclusion, Pool, Terms

Chooser = Rule | Inclusion | Exclusion


def outcome(rule: Chooser) -> tuple[str, ...]:
    """The result that a rule has for an entry; two rules with one outcome may tie."""
    if isinstance(rule, Exclusion):
        to = rule.to
        return (to,) if isinstance(to, str) else ("agreement", to.agreement or "", "pool", to.pool or "")
    reason = (rule.reason or rule.name) if rule.then == "non-billable" else ""
    return (rule.then, reason, str(rule.first_minutes))


def ambiguous(rules: Sequence[Chooser], field: str) -> Iterator[Problem]:
    """A problem for every two rules of one source that can match one entry, tie and differ."""
    for (_, one), (at, other) in combinations(enumerate(rules), 2):
        tie = (len(one.when), one.priority) == (len(other.when), other.priority)
        if tie and outcome(one) != outcome(other) and compatible(one.when, other.when):
            fault = f"{one.name} and {other.name} can match one entry, tie and differ"
            remedy = "give one of them a condition more or a higher priority"
            yield Problem(f"{field}.{at}", fault, remedy, code="ambiguous_rules")


def review_rules(rules: BillingRules, field: str = "rules") -> list[Problem]:
    """Problems among the rules of one document. Rules that name a client are a source of their own; of the
    earlier form none tie, because the first one decides.
    """
    if rules.in_order:
        return []
    indexed = list(enumerate(rules.rules))
    found: list[Problem] = []
    for named in (False, True):
        source = [(at, rule) for at, rule in indexed if ("client" in rule.when) == named]
        for problem in ambiguous([rule for _, rule in source], ""):
            at = source[int(problem.field.lstrip("."))][0]
            found.append(Problem(f"{field}.rules.{at}", problem.fault, problem.remedy, problem.code))
    return found


def review_terms(terms: Sequence[Terms], pools: Sequence[Pool], field: str = "terms") -> list[Problem]:
    """Problems of the terms: ambiguity, versions of one agreement that overlap, destinations that do not exist."""
    found: list[Problem] = []
    for at, one in enumerate(terms):
        found += ambiguous(one.covers, f"{field}.{at}.covers")
        found += ambiguous(one.excludes, f"{field}.{at}.excludes")
        for number, exclusion in enumerate(one.excludes):
            to = exclusion.to
            place = f"{field}.{at}.excludes.{number}.to"
            if isinstance(to, Destination):
                own = {other.agreement for other in terms if other.client == one.client}
                found += _exists(to.agreement, own, f"agreement of {one.client}", place)
                mine = {pool.id for pool in pools if pool.client == one.client}
                found += _exists(to.pool, mine, f"pool of {one.client}", place)
        if any(_overlap(one, other) for other in terms[:at]):
            fault = f"two versions of the terms of {one.agreement} are in force at once"
            found.append(Problem(f"{field}.{at}.from", fault, "end the earlier one first", code="terms_overlap"))
    return found


def _overlap(one: Terms, other: Terms) -> bool:
    if one.agreement != other.agreement:
        return False
    ends_before = one.to is not None and other.start is not None and one.to <= other.start
    begins_after = other.to is not None and one.start is not None and other.to <= one.start
    return not (ends_before or begins_after)


def _exists(name: str | None, names: set[str], kind: str, field: str) -> Iterator[Problem]:
    if name is not None and name not in names:
        yield Problem(field, f"there is no {kind} {name!r}", f"name one of {', '.join(sorted(names)) or 'those given'}")


def review_pools(pools: Sequence[Pool], terms: Sequence[Terms], field: str = "pools") -> list[Problem]:
    """Problems of the pools: one id twice, an agreement that does not exist or is another client's."""
    found: list[Problem] = []
    clients = {one.agreement: one.client for one in terms}
    for at, pool in enumerate(pools):
        if any(pool.id == other.id for other in pools[:at]):
            found.append(Problem(f"{field}.{at}.id", f"{pool.id!r} names two pools", "give each an id of its own"))
        found += _exists(pool.agreement, set(clients), "agreement", f"{field}.{at}.agreement")
        if pool.agreement in clients and clients[pool.agreement] != pool.client:
            fault = f"{pool.agreement} is an agreement of {clients[pool.agreement]}"
            found.append(Problem(f"{field}.{at}.agreement", fault, f"name an agreement of {pool.client}"))
    return found


def review_bands(
    cards: Sequence[RateCard], rules: Sequence[BillingRules], terms: Sequence[Terms], pools: Sequence[Pool]
) -> list[Problem]:
    """A problem for every band that a condition or a burn factor names and no card has."""
    bands = {*FIXED_BANDS, *(name.casefold() for card in cards for name in card.bands)}
    named: list[tuple[str, frozenset[str] | set[str]]] = []
    named += [(f"rules.rules.{at}.when", _bands(rule.when)) for one in rules for at, rule in enumerate(one.rules)]
    for number, one in enumerate(terms):
        parts: tuple[tuple[str, Sequence[Chooser]], ...] = (("covers", one.covers), ("excludes", one.excludes))
        for part, choosers in parts:
            named += [(f"terms.{number}.{part}.{at}.when", _bands(rule.when)) for at, rule in enumerate(choosers)]
    for number, pool in enumerate(pools):
        named.append((f"pools.{number}.scope", _bands(pool.scope)))
        named.append((f"pools.{number}.burn.bands", {name.casefold() for name in pool.burn.bands}))
    remedy = f"use one of {', '.join(sorted(bands))}, or add it to the card's bands"
    return [
        Problem(field, f"unknown band {name!r}", remedy, code="unknown_band")
        for field, names in named
        for name in sorted(names - bands)
    ]


def _bands(when: When) -> frozenset[str]:
    return when.get("band", frozenset())
