"""Kinds of ticket that policies name, against the gate profile: each has gates of its own. Pure."""

from __future__ import annotations

from desk.contract.ticket.intake.facts import Kind
from desk.decision.policies.intake import StatusMap
from desk.decision.policies.triage import GateProfile


def lacks_profile(kind: Kind, profile: GateProfile) -> bool:
    """Whether the profile lists no gates for the kind, so that it would be asked like an incident."""
    return kind not in profile.root


def kinds_without_profile(statuses: StatusMap, profile: GateProfile) -> list[tuple[str, Kind]]:
    """(field of the status map, kind) of every kind that the profile does not list, in the order of the document."""
    return [(field, kind) for field, kind in statuses.kinds() if lacks_profile(kind, profile)]
