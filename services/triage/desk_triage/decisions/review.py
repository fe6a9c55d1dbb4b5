"""Judges collected evidence: the changes of the device (step 7) and the detections on it (step 8)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from desk.contract.bounds import Id
from desk.contract.event import Draft
from desk.contract.ticket.ticket import Ticket
from desk.contract.ticket.triage import diagnosis as dx
from desk.decision.command import TicketBody
from desk.decision.context import DecisionContext
from desk.decision.refusal import Refusal

ANSWERS = ("clear", "match", "found")
"""States of a snapshot that holds an answer to judge."""


class ReviewChanges(TicketBody):
    snapshot: Id = Field(description="Snapshot of `device-changes-collected`")
    suspects: tuple[Annotated[int, Field(ge=0, lt=100_000)], ...] = Field(
        (),
        max_length=1000,
        description="Positions of suspected changes in the snapshot, the first is 0. Empty: none is suspected",
        examples=[[0]],
    )


class ReviewSecurity(TicketBody):
    snapshot: Id = Field(description="Snapshot of `endpoint-security-collected`")
    verdicts: dict[Id, Literal["cause", "unrelated", "needs-security"]] = Field(
        max_length=1000,
        description="Verdict on each detection of the snapshot",
        examples=[{"ldt:4a1f:1182": "unrelated"}],
    )


def review_changes(body: ReviewChanges, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Record the suspects among a source's newest changes of the linked device. The first review holds."""
    s, suspects = ticket.triage, tuple(str(position) for position in sorted(set(body.suspects)))
    if (reviewed := s.changes_reviewed.get(body.snapshot)) is not None:
        return _reviewed_before("suspects", suspects, reviewed, ", ".join(reviewed) or "none")
    source = next((name for name, answer in s.change_sources.items() if answer.snapshot == body.snapshot), None)
    if source is None:
        raise Refusal("not_collected", f"snapshot: {body.snapshot!r} is no newest answer of a source.")
    answer = s.change_sources[source]
    device = _reviewable(answer.subject, answer.state, ticket)
    count = s.change_counts.get(source, 0)
    if beyond := [position for position in body.suspects if position >= count]:
        raise Refusal("invalid_field", f"suspects: the snapshot has {count} changes, so none at position {beyond[0]}.")
    return [Draft(data=dx.DeviceChangesReviewed(device=device, snapshot=body.snapshot, suspects=suspects))]


def review_security(body: ReviewSecurity, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Record a verdict on every detection of the newest snapshot. The first review of a snapshot holds."""
    s, verdicts = ticket.triage, dict[str, str](body.verdicts)
    if s.security_reviewed == body.snapshot:
        recorded = ", ".join(f"{detection} {verdict}" for detection, verdict in sorted(s.security_verdicts.items()))
        return _reviewed_before("verdicts", verdicts, s.security_verdicts, recorded)
    if s.security is None or s.security_snapshot != body.snapshot:
        raise Refusal("not_collected", f"snapshot: {body.snapshot!r} is not the newest of this ticket.")
    device = _reviewable(s.security.subject, s.security.result, ticket)
    if missing := sorted(set(s.detections) - set(body.verdicts)):
        raise Refusal("invalid_field", f"verdicts: no verdict on {', '.join(missing)}.")
    if foreign := sorted(set(body.verdicts) - set(s.detections)):
        raise Refusal("invalid_field", f"verdicts: {', '.join(foreign)} is not in the snapshot.")
    return [Draft(data=dx.EndpointSecurityReviewed(device=device, snapshot=body.snapshot, verdicts=verdicts))]


def _reviewed_before(field: str, given: object, recorded: object, text: str) -> list[Draft]:
    """Nothing for the same review; refused for another one, with the one that holds as `text`."""
    if given == recorded:
        return []
    remedy = "Keep the review; add a note if it was wrong."
    raise Refusal("invalid_field", f"{field}: the snapshot was reviewed already, with {text}.", remedy=remedy)


def _reviewable(device: str | None, state: str, ticket: Ticket) -> str:
    """The device of a snapshot: refused unless it is the linked one, and its source answered."""
    asset = ticket.intake.asset
    if device is None or state not in ANSWERS:
        raise Refusal("not_collected", f"The source gave no answer to review ({state}).")
    if asset is None or asset.device != device:
        raise Refusal("other_device", f"The snapshot is of {device}.")
    return device
