"""Step 2: the class of a piece of labour. The first source with a match wins; the others are kept as reasons."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from desk.decision.policies.labour.conditions import Properties, matches, unmet
from desk.decision.policies.labour.rules import OPTIONS, Class, Outcome
from desk.decision.policies.labour.terms import Destination, Exclusion, Terms
from desk_billing.rating.book import Book, Setting
from desk_billing.rating.labour import Entry, Ticket
from desk_billing.rating.review import Chooser

BY_HAND, BY_OPTION, BY_METHOD = "by-hand", "psa-option", "ticket-method"
UNMATCHED: Class = "time-unmatched"
WRITTEN = "rules in the order written"


class Verdict(msgspec.Struct, frozen=True):
    """The class of a piece, with the source and the rule that decided, and the rules that lost.

    `pool`: the only pool that may pay. `draws`: whether pools may pay. `first_minutes`: the verdict takes only so many
    minutes of the entry, and `beyond` the others.
    """

    billing_class: Class
    source: str
    rule: str
    reason: str = ""
    terms: Terms | None = None
    pool: str = ""
    draws: bool = False
    priced: bool = True
    first_minutes: int | None = None
    beyond: Verdict | None = None
    lost: tuple[str, ...] = ()


class _Choice(msgspec.Struct, frozen=True):
    rule: Chooser
    source: str
    terms: Terms | None


def classify(
    entry: Entry, ticket: Ticket, setting: Setting, at: Properties, book: Book, place: tuple[str, int]
) -> Verdict:
    """The verdict on a piece with the properties `at`; `place` is its zone and instant."""
    if entry.party == "client-it":
        return Verdict("non-billable", "party", "client-it", "client-it", priced=False)
    if entry.hand is not None:
        reason = entry.hand.reason if entry.hand.then == "non-billable" else ""
        return Verdict(entry.hand.then, BY_HAND, BY_HAND, reason, setting.terms)
    if setting.agreement_problem:
        return Verdict(UNMATCHED, "agreement", setting.agreement_problem, setting.agreement_problem, priced=False)
    option = _option(entry, ticket, setting)
    if option is not None:
        return option
    if ticket.method == "fixed-fee":
        return Verdict("billable", BY_METHOD, ticket.method, terms=setting.terms)
    ranked = _ranked(setting, at)
    return _verdict(ranked, setting, at, book, place)


def _option(entry: Entry, ticket: Ticket, setting: Setting) -> Verdict | None:
    """The verdict of the PSA's option: the entry's, else the ticket's; None for options without a meaning.

    Rules of the earlier form decide about options themselves, unless there are terms.
    """
    if setting.rules.in_order and setting.terms is None:
        return None
    for option in (entry.option, ticket.option):
        key = option.casefold()
        outcome: Outcome | None = setting.rules.options.get(key) or OPTIONS.get(key)
        if outcome is not None:
            then, reason = outcome.then, outcome.reason
            reason = (reason or key) if then == "non-billable" else ""
            draws = then in ("billable", "prepaid")
            return Verdict(then, BY_OPTION, option, reason, setting.terms, draws=draws)
    return None


def _ranked(setting: Setting, at: Properties) -> list[_Choice]:
    """The matching rules, the winner first: by source, number of conditions, priority, name; rules of the earlier form
    as they are written.
    """
    found: list[_Choice] = []
    for source, rules, terms in _sources(setting):
        fitting = [rule for rule in rules if matches(rule.when, at)]
        if source != WRITTEN:
            fitting.sort(key=lambda rule: (-len(rule.when), -rule.priority, rule.name))
        found += [_Choice(rule, source, terms) for rule in fitting]
    return found


def _sources(setting: Setting) -> Iterator[tuple[str, Sequence[Chooser], Terms | None]]:
    terms = setting.terms
    if terms is not None:
        yield f"exclusions of {terms.agreement}", terms.excludes, terms
        yield f"inclusions of {terms.agreement}", terms.covers, terms
    rules = setting.rules.rules
    if setting.rules.in_order:
        yield WRITTEN, rules, terms
        return
    yield "client rules", [rule for rule in rules if "client" in rule.when], terms
    yield "rules", [rule for rule in rules if "client" not in rule.when], terms


def _verdict(ranked: list[_Choice], setting: Setting, at: Properties, book: Book, place: tuple[str, int]) -> Verdict:
    if not ranked:
        return Verdict(UNMATCHED, "rules", "no-rule", "no-rule", priced=False, lost=_losers([], setting, at))
    winner = ranked[0]
    lost = _losers(ranked, setting, at)
    rule = winner.rule
    if isinstance(rule, Exclusion):
        return _excluded(rule, winner, setting, at, book, place, lost)
    reason = (rule.reason or rule.name) if rule.then == "non-billable" else ""
    draws = rule.then == "prepaid" or (rule.then == "billable" and rule.first_minutes is None)
    beyond = None
    if rule.first_minutes is not None:
        beyond = _verdict(ranked[1:], setting, at, book, place)
    return Verdict(
        rule.then,
        winner.source,
        rule.name,
        reason,
        winner.terms,
        draws=draws,
        first_minutes=rule.first_minutes,
        beyond=beyond,
        lost=lost,
    )


def _excluded(
    rule: Exclusion,
    winner: _Choice,
    setting: Setting,
    at: Properties,
    book: Book,
    place: tuple[str, int],
    lost: tuple[str, ...],
) -> Verdict:
    """The verdict of an exclusion: billable, paid by a pool, or decided by another agreement's inclusions."""
    to = rule.to
    if not isinstance(to, Destination):
        return Verdict("billable", winner.source, rule.name, terms=winner.terms, lost=lost)
    if to.pool is not None:
        payer = book.in_force(book.destination(to), *place) or winner.terms
        return Verdict("prepaid", winner.source, rule.name, "", payer, to.pool, draws=True, lost=lost)
    other = book.in_force(book.destination(to), *place)
    covers = [one for one in (other.covers if other is not None else ()) if matches(one.when, at)]
    covers.sort(key=lambda one: (-len(one.when), -one.priority, one.name))
    if other is None or not covers:
        return Verdict("billable", winner.source, rule.name, terms=other or winner.terms, draws=True, lost=lost)
    then = covers[0].then
    reason = (covers[0].reason or covers[0].name) if then == "non-billable" else ""
    name = f"{rule.name} > {covers[0].name}"
    return Verdict(then, winner.source, name, reason, other, draws=then == "prepaid", lost=lost)


def _losers(ranked: list[_Choice], setting: Setting, at: Properties) -> tuple[str, ...]:
    """A sentence for each rule that did not decide."""
    winner = ranked[0] if ranked else None
    found = []
    for source, rules, _ in _sources(setting):
        for rule in rules:
            if winner is None or rule is not winner.rule:
                found.append(f"{rule.name} ({source}): {_why(rule, source, winner, at)}")
    return tuple(found)


def _why(rule: Chooser, source: str, winner: _Choice | None, at: Properties) -> str:
    missing = unmet(rule.when, at)
    if missing or winner is None:
        return missing
    if source != winner.source:
        return f"it matches, but {winner.source} come first"
    if source == WRITTEN:
        return f"it matches, but {winner.rule.name} is written before it"
    if len(rule.when) != len(winner.rule.when):
        return f"it matches with {len(rule.when)} conditions, {winner.rule.name} with {len(winner.rule.when)}"
    if rule.priority != winner.rule.priority:
        return f"it matches with priority {rule.priority}, {winner.rule.name} with {winner.rule.priority}"
    return f"it matches and has the same outcome as {winner.rule.name}"
