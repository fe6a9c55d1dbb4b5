"""Triage's slice of a ticket, folded from triage's facts alone."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from desk.contract.event import Text
from desk.contract.ticket.evidence import SourceAnswer
from desk.contract.ticket.triage import dispatch as d
from desk.contract.ticket.triage.attempt import Attempt

Phase = Literal["new", "triaged", "diagnosing", "escalated", "fixing", "verifying", "watching"]


class End(msgspec.Struct, frozen=True):
    """The end of a cycle: the fact's id, kind, time and ownerseq, and the technician credited."""

    id: UUID
    kind: Literal["resolved", "cancelled"]
    time: datetime
    seq: int
    technician: str | None = None
    mode: str = "process"


class Reopening(msgspec.Struct, frozen=True):
    """One reopening: the end that it undoes, time, cause, and triage's ownerseq."""

    id: UUID
    undoes: UUID
    time: datetime
    cause: str
    seq: int


class Wait(msgspec.Struct, frozen=True):
    """One open wait; `seq` is triage's ownerseq of its begin, `external`: it began in the PSA."""

    on: d.WaitOn
    since: datetime
    message: str | None = None
    until: datetime | None = None
    seq: int = 0
    external: bool = False
    reference: str | None = None
    vendor: str | None = None


class Evidence(msgspec.Struct, frozen=True):
    """One piece of evidence: the fact's id, what it is about, and its result.

    `contact`: the requester whom it is about, None where it is about nobody or the fact does not say.
    """

    id: UUID
    subject: str | None
    result: str
    contact: str | None = None


PageStep = Literal["requested", "sent", "delivered", "escalated", "failed", "acknowledged", "withdrawn"]


class PageChain(msgspec.Struct, frozen=True):
    """One page through its levels, counted from 1: whom each reaches, its step, and the instance that it is sent by.

    `level` and `requested_at` are the newest level's, `reason` the first's. An answer or withdrawal ends the chain.
    """

    level: int
    reason: str
    requested_at: datetime
    schedules: dict[int, str]
    levels: dict[int, PageStep]
    acknowledged_by: str = ""
    verdict: str = ""
    instances: dict[int, str] = {}

    @property
    def step(self) -> PageStep:
        """The step of the newest level."""
        return self.levels[self.level]

    @property
    def over(self) -> bool:
        """Whether nobody is to be reached by it any more."""
        return bool(self.acknowledged_by) or "withdrawn" in self.levels.values()

    @property
    def open(self) -> bool:
        """Whether its newest level may still be answered in time."""
        return not self.over and self.step in ("requested", "sent", "delivered")


class TriageSlice(msgspec.Struct, frozen=True, kw_only=True):
    """Triage's slice. `phase` is the last phase set. `last_ruled_source_seq` and `ruled_at` are source_seq and time of
    the newest observation ruled on. `closed_in_psa` are the cycles closed there. `psa_confirmed_seq` is triage's
    ownerseq of the last end or reopening that an observation of the PSA confirmed, `psa_confirmed_by` the source_seq of
    that observation. `decided_at_seq`: field -> intake's ownerseq that the decision was based on. `incident_sources`
    are the answers of the cycle, about a device or, with an empty subject, the client. `change_counts`: source ->
    changes in its newest snapshot; `changes_reviewed`: snapshot -> suspects; `detections` are those of
    `security_snapshot`, the newest, `security_verdicts` those on `security_reviewed`. `escalation`: whether Tier 2 has
    the ticket by the cycle's last escalation; `escalations` counts hand-overs and routes to Tier 2. `texts`: hashes of
    what commands said, by `desk.contract.folding.slot`. `notices`: cycles whose client a mass notice informed."""

    phase: Phase = "new"
    impact: d.Level | None = None
    urgency: d.Level | None = None
    priority: d.Priority | None = None
    matrix_version: str | None = None
    overridden: bool = False
    priorities: int = 0
    priority_at: datetime | None = None
    priority_hash: str = ""
    queue: str | None = None
    tier: str | None = None
    technician: str | None = None
    placements: int = 0
    reassignments: int = 0
    worked: frozenset[tuple[int, str]] = frozenset()
    first_work: datetime | None = None
    last_cycle_change_at: datetime | None = None
    waits: dict[str, Wait] = {}
    ends: dict[int, End] = {}
    reopened: tuple[Reopening, ...] = ()
    missed: tuple[str, ...] = ()
    attempt: Attempt = Attempt()
    known_incidents: Evidence | None = None
    incident_sources: dict[str, SourceAnswer] = {}
    reproduction: Evidence | None = None
    reproduction_steps: Text | None = None
    changes: Evidence | None = None
    change_sources: dict[str, SourceAnswer] = {}
    change_counts: dict[str, int] = {}
    changes_reviewed: dict[str, tuple[str, ...]] = {}
    security: Evidence | None = None
    security_snapshot: str | None = None
    detections: tuple[str, ...] = ()
    security_reviewed: str | None = None
    security_verdicts: dict[str, str] = {}
    incident: str | None = None
    parent_resolved: str | None = None
    links: int = 0
    notices: frozenset[int] = frozenset()
    sessions: dict[str, str] = {}
    diagnostics: tuple[str, ...] = ()
    ruled_out: tuple[Text, ...] = ()
    escalations: int = 0
    escalation: Literal["none", "open", "returned"] = "none"
    pages: dict[str, PageChain] = {}
    linked_changes: tuple[str, ...] = ()
    ruled: frozenset[str] = frozenset()
    last_ruled_source_seq: int = 0
    ruled_at: datetime | None = None
    psa_confirmed_seq: int = 0
    psa_confirmed_by: int = 0
    decided_at_seq: dict[str, int] = {}
    contested: frozenset[int] = frozenset()
    closed_in_psa: frozenset[int] = frozenset()
    judged: dict[str, str] = {}
    repeats: dict[str, str] = {}
    texts: dict[str, str] = {}

    @property
    def cycle(self) -> int:
        """The current cycle: triage is the only authority."""
        return 1 + len(self.reopened)

    @property
    def end(self) -> End | None:
        """The end of the current cycle; None while it is open."""
        return self.ends.get(self.cycle)

    def unreviewed_changes(self, device: str | None) -> bool:
        """Whether a source's newest answer lists changes of the device that nobody reviewed."""
        answers = (answer for answer in self.change_sources.values() if answer.subject == device)
        return any(answer.state == "match" and answer.snapshot not in self.changes_reviewed for answer in answers)

    @property
    def page(self) -> tuple[str, PageChain] | None:
        """The newest page, by its id."""
        return next(reversed(self.pages.items()), None)

    @property
    def reopen_count(self) -> int:
        """Reopenings, including those found in late history."""
        return len(self.reopened) + len(self.missed)


INITIAL = TriageSlice()
