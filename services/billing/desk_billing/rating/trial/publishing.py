"""Publishes a document in a world: cards, rules, terms, pools and calendars."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from desk.calendars.problems import DocumentError, Fault
from desk.decision.policies.labour.card import RateCard
from desk.decision.policies.labour.rules import BillingRules
from desk.decision.policies.labour.terms import Pool, Terms
from desk_billing.rating.lifecycle.ledger import Ledger
from desk_billing.rating.trial.reading import calendar_of, checked, effective, split
from desk_billing.rating.versions import ALWAYS, Versions

PUBLISHED = ("calendar", "card", "rules", "terms", "pool")


def publish(ledger: Ledger, data: Mapping[str, object]) -> None:
    """Publish the one document that the event has, and rate again."""
    kinds = [key for key in data if key in PUBLISHED]
    if len(kinds) != 1 or set(data) - {kinds[0], "effective_from", "retro"}:
        raise Fault("no single document", f"write one of {', '.join(PUBLISHED)}, effective_from and retro")
    kind, retro = kinds[0], data.get("retro", False)
    beside, content = split(data[kind])
    from_ = data.get("effective_from", beside.get("effective_from"))
    zone = next(iter(ledger.world.calendars.values())).zone
    since = effective(from_, zone) if from_ is not None else ALWAYS
    if kind in ("card", "rules") and from_ is None and retro is not True:
        remedy = "write the day from which it applies, or retro: true for all open labour"
        raise Fault("it has no beginning", remedy, field="effective_from")
    if kind == "calendar":
        _publish_calendar(ledger, data[kind], retro=retro is True)
    else:
        _publish_document(ledger, kind, content, since)


def _publish_calendar(ledger: Ledger, content: object, *, retro: bool) -> None:
    """Another version of a calendar: tickets keep theirs until it is selected again, or `retro`."""
    world, calendar = ledger.world, calendar_of(content)
    key = f"{calendar.id}@{calendar.version}"
    if key in world.calendars:
        raise Fault(f"version {calendar.version} is there already", "write the next version", field="calendar")
    of_it = {name: one for name, one in world.tickets.items() if world.calendars[one.calendar].id == calendar.id}
    tickets = {name: replace(ticket, calendar=key) for name, ticket in of_it.items()} if retro else {}
    calendars = {**world.calendars, key: calendar}
    ledger.change(replace(world, calendars=calendars, tickets={**world.tickets, **tickets}), "publish")


def _publish_document(ledger: Ledger, kind: str, content: object, since: int) -> None:
    world = ledger.world
    if kind == "card":
        card = RateCard.model_validate(content)
        owner = card.client or ""
        versions = world.cards.get(owner, Versions()).with_version(since, card)
        world = replace(world, cards={**world.cards, owner: versions})
    elif kind == "rules":
        world = replace(world, rules=world.rules.with_version(since, BillingRules.model_validate(content)))
    elif kind == "terms":
        terms = Terms.model_validate(content)
        kept = [one for one in world.terms if (one.agreement, one.start) != (terms.agreement, terms.start)]
        world = replace(world, terms=(*kept, terms))
    else:
        world = world.with_pool(Pool.model_validate(content))
    cards = [version for versions in world.cards.values() for version in versions]
    found = checked(cards, list(world.rules), world.terms, world.pools)
    problems = [one for one in found if one.code != "terms_overlap"]
    if problems:
        raise DocumentError(kind, problems)
    ledger.change(world, "publish")
