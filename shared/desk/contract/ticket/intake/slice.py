"""Intake's slice of a ticket, folded from intake's facts alone."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from desk.contract.event import Origin, Text
from desk.contract.ticket.evidence import SourceAnswer
from desk.contract.ticket.intake import facts as f
from desk.contract.ticket.intake import psa
from desk.contract.ticket.intake.assets import AssetLinked
from desk.contract.ticket.intake.caller import CallerVerified


class Observation(msgspec.Struct, frozen=True):
    """An observation of a status that triage has yet to rule on for good: it has no class, or the caller is on hold."""

    id: UUID
    source_seq: int
    time: datetime
    psa_actor: str
    written_back_seq: int
    status_id: str | None


class Reply(msgspec.Struct, frozen=True):
    """One message of the conversation: `by_client`, or a reply; `counts`: it is a human response to the requester.

    `summary`: the reply carries the summary of a resolution.
    """

    message: str
    time: datetime
    by_client: bool
    counts: bool
    auto: bool = False
    summary: bool = False


class IntakeSlice(msgspec.Struct, frozen=True, kw_only=True):
    """Intake's slice. `exists`: the ticket was opened, by the fact `opening_id`. `observed` is the newest source_seq,
    `psa_fields` the coded fields as last seen, `field_seq` the ownerseq of the last observation that changed each,
    `status_seq` the newest live source_seq that changed the status, `status_was` the class before it,
    `written_back_seq` triage's ownerseq last written back, `status_written_seq` the one that the last write of the
    status covered. `overwritten` are observations of statuses that such a write had replaced before they were read:
    source_seq -> `shown`. `during_hold` is the newest status, if a person set it while the caller was on
    hold and no write replaced it. `undelivered` are replies that did not reach the client: message -> reason."""

    exists: bool = False
    opening_id: UUID | None = None
    origin: Origin = "live"
    kind: f.Kind = "incident"
    profile: str = ""
    client: str = ""
    contact: str | None = None
    channel: str = ""
    opened_at: datetime | None = None
    onset_at: datetime | None = None
    problem: Text = ""
    problem_hash: str = ""
    symptom: str | None = None
    matrix: str | None = None
    instance: str | None = None
    record: str | None = None
    destination: str | None = None
    url: str | None = None
    adopted: datetime | None = None
    merged_into: str | None = None
    merged_in_psa: bool = False
    absorbed: tuple[str, ...] = ()
    splits: tuple[str, ...] = ()
    gone: str | None = None
    episodes: int = 0
    revisions: int = 0
    caller: CallerVerified | None = None
    rejected: str | None = None
    caller_hold: bool = False
    tier: f.ClientTierCaptured | None = None
    asset: AssetLinked | None = None
    asset_waived: str | None = None
    reported_hostname: Text | None = None
    reported_upn: Text | None = None
    candidate_sources: dict[str, SourceAnswer] = {}
    messages: tuple[Reply, ...] = ()
    undelivered: dict[str, str] = {}
    notes: frozenset[str] = frozenset()
    internal_notes: frozenset[str] = frozenset()
    after_hours: tuple[str, ...] = ()
    observed: int = 0
    observed_at: datetime | None = None
    psa_fields: dict[str, str | None] = {}
    field_seq: dict[str, int] = {}
    status_seq: int = 0
    status_class: psa.StatusClass = "none"
    status_was: psa.StatusClass = "none"
    status_id: str | None = None
    unmapped: dict[int, Observation] = {}
    remapped: Observation | None = None
    mapped: frozenset[str] = frozenset()
    during_hold: Observation | None = None
    written_back_seq: int = 0
    status_written_seq: int = 0
    overwritten: dict[int, int] = {}
    synced: int = 0
    conflicts: int = 0
    duplicates: tuple[str, ...] = ()
    times: dict[str, str] = {}

    @property
    def imported(self) -> bool:
        """Whether the ticket is imported history and not adopted: then it has no call, no timer and no threshold."""
        return self.origin == "import" and self.adopted is None

    @property
    def answers(self) -> tuple[Reply, ...]:
        """Replies that reached the client, in recorded order."""
        return tuple(m for m in self.messages if not m.by_client and m.message not in self.undelivered)

    @property
    def undelivered_reason(self) -> str | None:
        """The reason why the newest reply did not reach the client; None when it did, or there is none."""
        counted = [m for m in reversed(self.messages) if m.counts]  # of two at one time, the one recorded later
        newest = max(counted, key=lambda m: m.time, default=None)
        return self.undelivered.get(newest.message) if newest is not None else None


INITIAL = IntakeSlice()
