"""Docs' facts about knowledge and closure: resolution, runbook, sign-off, close, obligations, follow-ups."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from desk.contract.event import CycleRule, Payload, Spec, Text
from desk.contract.ticket.docs import client, documentation

C = CycleRule.ALWAYS
Owed = Literal["documentation", "summary", "code", "sign-off", "time", "runbook", "reply"]


class Reference(msgspec.Struct, frozen=True):
    """A reference to a description of the fix: a KB article, an advisory, a document."""

    kind: str
    id: str


class ResolutionDocumented(Payload, frozen=True, kw_only=True):
    """Step 15: root cause and exact actions were documented; no references: none were found; `incident` is the
    cause; `attempt` is that of the newest fix when it was written."""

    spec = Spec("docs", ("cycle", "rev"), C)
    rev: int
    root_cause: Text
    actions: tuple[Text, ...]
    symptom: str
    references: tuple[Reference, ...] = ()
    incident: str | None = None
    attempt: int | None = None


class RunbookGapRaised(Payload, frozen=True, kw_only=True):
    """Step 20: the ticket revealed that a document is missing or wrong."""

    spec = Spec("docs", ("gap",))
    gap: str
    kind: str
    basis: Text


class RunbookUpdated(Payload, frozen=True, kw_only=True):
    """The gap was closed by a revision of a document."""

    spec = Spec("docs", ("gap",))
    gap: str
    document: str
    revision: str
    text_hash: str = ""


class RunbookWaived(Payload, frozen=True, kw_only=True):
    """The gap needs no document, for a listed reason; `no-gap` means that there was no gap."""

    spec = Spec("docs", ("gap",))
    gap: str
    reason: str
    by: str
    text_hash: str = ""


class SignedOff(Payload, frozen=True, kw_only=True):
    """Step 21: a technician signed off the work, under that version of the statement."""

    spec = Spec("docs", ("cycle", "technician"), C)
    technician: str
    statement_version: str


class Closed(Payload, frozen=True, kw_only=True):
    """Step 21: the end (resolved or cancelled) with fact id `resolution` was closed; `missing`: open gates."""

    spec = Spec("docs", ("cycle",), C, external=True)
    resolution: UUID
    code: str | None = None
    code_version: str = ""
    missing: tuple[str, ...] = ()
    follow_ups: tuple[str, ...] = ()


class ClosureCompleted(Payload, frozen=True, kw_only=True):
    """All obligations of a close in the PSA were met."""

    spec = Spec("docs", ("cycle",), C)
    closure: UUID
    met: tuple[Owed, ...]


class ObligationRaised(Payload, frozen=True, kw_only=True):
    """Evidence is still owed to a closed cycle, by `owner`, until `due`."""

    spec = Spec("docs", ("what", "cycle"), C)
    what: Owed
    owner: str
    due: datetime


class ObligationMet(Payload, frozen=True, kw_only=True):
    """The obligation was met by the fact `evidence`; `code` when a resolution code was owed."""

    spec = Spec("docs", ("what", "cycle"), C)
    what: Owed
    evidence: UUID | None = None
    code: str | None = None
    code_version: str = ""


class ObligationOverdue(Payload, frozen=True, kw_only=True):
    """The obligation was not met by its due time."""

    spec = Spec("docs", ("what", "cycle"), C)
    what: Owed
    owner: str
    due: datetime


class FollowUpRaised(Payload, frozen=True, kw_only=True):
    """Work beyond the ticket was raised: a replacement, a licence true-up, a change."""

    spec = Spec("docs", ("follow_up",))
    follow_up: str
    kind: str
    owner: str
    due: datetime
    ref: str = ""
    note: Text = ""


class FollowUpCompleted(Payload, frozen=True, kw_only=True):
    """The follow-up was done."""

    spec = Spec("docs", ("follow_up",))
    follow_up: str
    by: str
    ref: str = ""


class FollowUpDropped(Payload, frozen=True, kw_only=True):
    """The follow-up will not be done."""

    spec = Spec("docs", ("follow_up",))
    follow_up: str
    by: str
    reason: Text


FACTS: tuple[type[Payload], ...] = (
    *documentation.FACTS,
    ResolutionDocumented,
    *client.FACTS,
    RunbookGapRaised,
    RunbookUpdated,
    RunbookWaived,
    SignedOff,
    Closed,
    ClosureCompleted,
    ObligationRaised,
    ObligationMet,
    ObligationOverdue,
    FollowUpRaised,
    FollowUpCompleted,
    FollowUpDropped,
)
