"""Rules of work on devices: the classes of each tier, the need of a change and of a proven caller. Pure.

A statement of the sender can make a rule stricter, and never replaces the knowledge of the desk.
"""

from __future__ import annotations

from collections.abc import Iterable

from desk.contract.ticket.ticket import Ticket
from desk.decision.context import DecisionContext, Policies
from desk.decision.principal import Role
from desk.decision.refusal import Refusal
from desk.decision.words import folded, names

Classes = tuple[str, ...]


def classes_of(ticket: Ticket, *stated: str | None) -> Classes:
    """The class of the linked device, and those that were stated; a rule is asked about each."""
    linked = ticket.intake.asset.asset_class if ticket.intake.asset else None
    return tuple(dict.fromkeys(found for found in (linked, *stated) if found))


def restricted(policies: Policies) -> frozenset[str]:
    """The asset classes that some rule of work restricts."""
    routing = policies.routing
    return frozenset(routing.shared_asset_classes).union(*routing.forbidden_asset_classes.values())


def classes_named(text: str, devices: Iterable[tuple[str, str]]) -> Classes:
    """The classes of the devices, as (name, class), that a text names; a name counts without its domain."""
    words = folded(text)
    found = (asset_class for name, asset_class in devices if names(words, folded(name.partition(".")[0])))
    return tuple(dict.fromkeys(found))


def may_touch(classes: Classes, context: DecisionContext) -> None:
    """Refuse a Tier 1 technician on domain controllers, core firewalls and other shared infrastructure."""
    if Role.TIER2 in context.roles or Role.TIER1 not in context.roles:
        return
    forbidden = context.policies.routing.forbidden_asset_classes["tier1"]
    for asset_class in classes:
        if asset_class in forbidden:
            raise Refusal("tier_forbidden", f"Tier 1 does not work on a {asset_class}.")


def ensure_permitted(classes: Classes, privileged: bool, ticket: Ticket, context: DecisionContext) -> None:
    """Refuse work on a class that the tier may not touch or that needs a change, and privileged work for a caller who
    is not verified at level 2, or no longer.
    """
    for asset_class in classes:
        may_touch((asset_class,), context)
        if asset_class in context.policies.routing.shared_asset_classes:
            raise Refusal("change_required", f"A {asset_class} is shared and needs an approved change first.")
    if privileged:
        _ensure_proven(ticket, context)


def _ensure_proven(ticket: Ticket, context: DecisionContext) -> None:
    caller = ticket.intake.caller
    if caller is None or caller.level < 2:
        raise Refusal("verification_too_low")
    if caller.expires <= context.now:
        raise Refusal("verification_expired")
