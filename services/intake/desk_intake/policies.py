"""Checks of intake's policies and import mappings against the policies of other services."""

from __future__ import annotations

from pydantic import ValidationError

from desk.contract.ticket.intake.facts import Kind
from desk.decision.policies.intake import StatusMap
from desk.decision.policies.triage import OVERLAYS
from desk.http.admin.policy_versions import PolicyChecks
from desk.http.problems.problem import Problem, invalid_field
from desk.policies.book import PolicyBook
from desk.policies.kinds import kinds_without_profile, lacks_profile
from desk.policies.publishing import Proposal


def check_status_map(proposal: Proposal, book: PolicyBook) -> None:
    """Every kind that the map gives to tickets has gates in the profile in force. 422 names the first that has none."""
    try:
        statuses = StatusMap.model_validate(proposal.content)
    except ValidationError:
        return  # its shape is reported with every field
    for field, kind in kinds_without_profile(statuses, book.gate_profile):
        raise _without_gates(f"content.{field}", kind, book)


def check_import_kind(kind: Kind, book: PolicyBook) -> None:
    """The kind that a mapping gives to the tickets of its log has gates. 422 when it has none."""
    if lacks_profile(kind, book.gate_profile):
        raise _without_gates("kind", kind, book)


def _without_gates(field: str, kind: Kind, book: PolicyBook) -> Problem:
    profile = book.gate_profile
    listed = ", ".join(name for name in profile.root if name not in OVERLAYS)
    detail = f"policy gate-profile {book.version('gate-profile')} has no gates for kind {kind}"
    return invalid_field(field, detail, f"Use one of {listed}, or publish a gate-profile that lists {kind}.")


CHECKS: PolicyChecks = {"status-map": check_status_map}
