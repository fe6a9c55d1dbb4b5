"""Checks of triage's policies beyond the shape of their documents, before they are published."""

from __future__ import annotations

from pydantic import ValidationError

from desk.decision.policies.triage import GateProfile
from desk.http.admin.policy_versions import PolicyChecks
from desk.http.problems.problem import invalid_field
from desk.policies.book import PolicyBook
from desk.policies.kinds import kinds_without_profile
from desk.policies.publishing import Proposal


def check_gate_profile(proposal: Proposal, book: PolicyBook) -> None:
    """Every kind that the status map in force gives to tickets has gates. 422 names the kind that has none."""
    try:
        profile = GateProfile.model_validate(proposal.content)
    except ValidationError:
        return  # its shape is reported with every field
    for field, kind in kinds_without_profile(book.status_map, profile):
        used = f"policy status-map {book.version('status-map')} gives it to tickets ({field})"
        raise invalid_field(f"content.{kind}", f"no gates for kind {kind}: {used}", f"Add the kind {kind}.")


CHECKS: PolicyChecks = {"gate-profile": check_gate_profile}
