"""Triage's facts about the end of a cycle, and about reopening. Triage alone decides cycles."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from desk.contract.event import CycleRule, Payload, Spec, Text

CancelReason = Literal["spam", "duplicate", "withdrawn", "caller-rejected", "no-answer", "psa"]
ReopenCause = Literal["verification", "monitoring", "reply", "csat", "psa", "client", "coordinator"]
Outcome = Literal[
    "resolved", "reopened", "waiting", "cancelled", "closed", "contested", "unmapped", "stale", "none", "open"
]


class Resolved(Payload, frozen=True, kw_only=True):
    """The cycle ended with a resolution. `premises` are the facts that it is based on, `missing` the open gates."""

    spec = Spec("triage", ("cycle",), CycleRule.ALWAYS, external=True)
    technician: str | None = None
    premises: tuple[UUID, ...] = ()
    missing: tuple[str, ...] = ()


class Cancelled(Payload, frozen=True, kw_only=True):
    """The cycle ended without a resolution."""

    spec = Spec("triage", ("cycle",), CycleRule.ALWAYS, external=True)
    reason: CancelReason
    text_hash: str = ""


class OutsideResolutionContested(Payload, frozen=True, kw_only=True):
    """Enforce mode: the ticket was resolved in the PSA with open gates; a note there says so once per cycle."""

    spec = Spec("triage", ("cycle", "observation"), CycleRule.ALWAYS)
    observation: UUID
    missing: tuple[str, ...]


class OutsideClosureNoticed(Payload, frozen=True, kw_only=True):
    """The record was closed in the PSA; docs reacts by closing the ticket."""

    spec = Spec("triage", ("cycle", "observation"), CycleRule.ALWAYS, external=True)
    observation: UUID
    missing: tuple[str, ...]
    psa_actor: str


class ObservationRuled(Payload, frozen=True, kw_only=True):
    """Triage ruled on a live observation of the status: `outcome` is its meaning for the ticket."""

    spec = Spec("triage", ("source_seq", "mapping_version"))
    source_seq: int
    mapping_version: str
    outcome: Outcome
    why: str = ""


class Reopened(Payload, frozen=True, kw_only=True):
    """Step 17: an end was undone; the envelope's cycle is the new one. `undoes` is the id of the end."""

    spec = Spec("triage", ("undoes",), CycleRule.ALWAYS, external=True)
    undoes: UUID
    cause: ReopenCause
    route: Literal["diagnosis", "tier2"] = "diagnosis"
    notes: Text | None = None


class MissedReopenNoted(Payload, frozen=True, kw_only=True):
    """Late history revealed a reopening that was not ruled on at its time; cycles are not renumbered."""

    spec = Spec("triage", ("evidence",))
    at: datetime
    evidence: str


class MissedWaitNoted(Payload, frozen=True, kw_only=True):
    """Late history revealed a wait that was not ruled on at its time."""

    spec = Spec("triage", ("evidence",))
    at: datetime
    evidence: str


class ReplyJudged(Payload, frozen=True, kw_only=True):
    """A client's message after the resolution was judged."""

    spec = Spec("triage", ("message",))
    message: str
    verdict: Literal["reopen", "acknowledged"]


class RepeatDetected(Payload, frozen=True, kw_only=True):
    """An earlier ticket of the same contact or device and symptom was found: perhaps a hidden reopening."""

    spec = Spec("triage", ("earlier",))
    earlier: str
    basis: str
    days: int


class RepeatDismissed(Payload, frozen=True, kw_only=True):
    """A person dismissed the repeat."""

    spec = Spec("triage", ("earlier",))
    earlier: str
    reason: Text


FACTS: tuple[type[Payload], ...] = (
    Resolved,
    Cancelled,
    OutsideResolutionContested,
    OutsideClosureNoticed,
    ObservationRuled,
    Reopened,
    MissedReopenNoted,
    MissedWaitNoted,
    ReplyJudged,
    RepeatDetected,
    RepeatDismissed,
)
