"""Owners of policies. Only the owner publishes a policy; every service applies it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from desk.contract.event import Owner
from desk.decision.context import Policies
from desk.policies.write_back import POLICY, levels_in

POLICY_OWNERS: Mapping[str, Owner] = MappingProxyType(
    {
        "status-map": "intake",
        "waiver-reasons": "intake",
        "write-back": "intake",
        "gate-profile": "triage",
        "matrix": "triage",
        "monitoring-window": "triage",
        "on-call": "triage",
        "outside-mode": "triage",
        "reply-window": "triage",
        "routing": "triage",
        "calendar": "sla",
        "sla-policy": "sla",
        "agreement-terms": "billing",
        "billing-rules": "billing",
        "rate-card": "billing",
        "close-codes": "docs",
        "summary-lint": "docs",
        "survey-plan": "docs",
    }
)
SEVERAL = frozenset({"agreement-terms", "calendar", "sla-policy"})
"""Kinds with several policies, each under a name of its own: `calendar:24x7`, `sla-policy:gold`."""

TWO_PERSONS = frozenset({"gate-profile", "matrix", "sla-policy"})
"""Policies that one person proposes and another publishes."""

IMPORT = "import:"
"""Prefix of versions for imported logs: never in force for live tickets, published by one person."""


def kind_of(name: str) -> str:
    """The kind of a policy: `calendar:24x7` is a `calendar`."""
    kind, _, own = name.partition(":")
    return kind if own and kind in SEVERAL else name


def owner_of(name: str) -> Owner | None:
    """The service that publishes the policy of that name; None when there is no such policy."""
    return None if name in SEVERAL else POLICY_OWNERS.get(kind_of(name))


def needs_second(name: str, version: str, content: Mapping[str, object]) -> bool:
    """Whether the version needs a second person: by its kind, or because it permits to write everything to a PSA."""
    if name == POLICY:
        return "everything" in levels_in(content)
    return kind_of(name) in TWO_PERSONS and not version.startswith(IMPORT)


def returns_unaided(name: str, version: str, policies: Policies) -> bool:
    """Whether a version may come back into force when one person retires its successor. Not a version of write-back
    that permits everything, or whose content is missing here."""
    if name != POLICY:
        return True
    try:
        return not needs_second(name, version, policies.get(name, version))
    except KeyError:
        return False
