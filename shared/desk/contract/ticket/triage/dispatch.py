"""Triage's facts about priority, queue, assignment and waits."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from desk.contract.event import CycleRule, Payload, Spec, Text

Level = Literal["high", "medium", "low"]
Priority = Literal["P1", "P2", "P3", "P4"]
WaitOn = Literal["client", "vendor", "parent", "schedule", "internal", "security"]


class PriorityAssessed(Payload, frozen=True, kw_only=True):
    """Step 3: the priority was assessed: impact x urgency by a version of the matrix. P1 needs evidence."""

    spec = Spec("triage", ("impact", "urgency", "priority", "matrix_version", "revision"), external=True)
    impact: Level
    urgency: Level
    priority: Priority
    matrix_version: str
    revision: int
    evidence: Text | None = None
    text_hash: str = ""


class PriorityOverridden(Payload, frozen=True, kw_only=True):
    """A person overrode the priority of the matrix, with the reason."""

    spec = Spec("triage", ("priority", "revision"))
    priority: Priority
    reason: Text
    revision: int
    text_hash: str = ""


class Queued(Payload, frozen=True, kw_only=True, rename={"before": "from"}):
    """The ticket was put into a queue; None: no queue. `first` is its first placement, not a reassignment.

    `by_default`: a new ticket was put into the default queue of policy `routing`; nobody has triaged it yet.
    """

    spec = Spec("triage", ("queue", "revision"), external=True)
    queue: str | None
    revision: int
    tier: str | None = None
    before: str | None = None
    first: bool = False
    by_default: bool = False


class Assigned(Payload, frozen=True, kw_only=True, rename={"before": "from"}):
    """A technician was assigned."""

    spec = Spec("triage", ("technician", "revision"), external=True)
    technician: str
    revision: int
    before: str | None = None


class Unassigned(Payload, frozen=True, kw_only=True, rename={"before": "from"}):
    """The assignment was removed."""

    spec = Spec("triage", ("before", "revision"), external=True)
    before: str | None
    revision: int


class WorkStarted(Payload, frozen=True, kw_only=True):
    """A technician began to work on the ticket, for the first time in the cycle."""

    spec = Spec("triage", ("cycle", "technician"), CycleRule.ALWAYS)
    technician: str


class WaitingStarted(Payload, frozen=True, kw_only=True):
    """A wait began. Waiting on the client names the message that asked; a wait begun in the PSA needs none.

    `vendor` is the vendor's code in policies; without it no underpinning contract is measured.
    """

    spec = Spec("triage", ("wait",), external=True)
    wait: str
    on: WaitOn
    message: str | None = None
    reference: str | None = None
    until: datetime | None = None
    vendor: str | None = None


class WaitingEnded(Payload, frozen=True, kw_only=True):
    """The wait ended."""

    spec = Spec("triage", ("wait",), external=True)
    wait: str


FACTS: tuple[type[Payload], ...] = (
    PriorityAssessed,
    PriorityOverridden,
    Queued,
    Assigned,
    Unassigned,
    WorkStarted,
    WaitingStarted,
    WaitingEnded,
)
