"""Docs' facts about knowledge and closure: search, resolution, runbook, sign-off, close, obligations, follow-ups."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from desk.contract.event import CycleRule, Payload, Spec, Text
from desk.contract.ticket.docs import client

C = CycleRule.ALWAYS
Owed = Literal["documentation", "summary", "code", "sign-off", "time", "runbook", "reply"]


class Hit(msgspec.Struct, frozen=True):
    """One document found. `hit` names it within the ticket, `external` within its source."""

    hit: str
    source: str
    external: str
    title: Text = ""


class Reference(msgspec.Struct, frozen=True):
    """Where the fix is described: a KB article, an advisory, a document."""

    kind: str
    id: str


class DocumentationSearched(Payload, frozen=True, kw_only=True):
    """Step 9: which sources of the client's documentation were asked and what they gave; `unknown` did not answer."""

    spec = Spec("docs", ("search",), C)
    search: str
    client: str
    query: Text
    sources: tuple[str, ...]
    hits: tuple[Hit, ...] = ()
    unknown: tuple[str, ...] = ()
    not_applicable: bool = False


class DocumentationJudged(Payload, frozen=True, kw_only=True):
    """Whether a document that was found helped."""

    spec = Spec("docs", ("hit",), C)
    hit: str
    helped: bool


class ResolutionDocumented(Payload, frozen=True, kw_only=True):
    """Step 15: root cause and exact actions; no references: none were found; `incident`: it tells the cause."""

    spec = Spec("docs", ("cycle", "rev"), C)
    rev: int
    root_cause: Text
    actions: tuple[Text, ...]
    symptom: str
    references: tuple[Reference, ...] = ()
    incident: str | None = None


class RunbookGapRaised(Payload, frozen=True, kw_only=True):
    """Step 20: the ticket showed that a document is missing or wrong."""

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


class RunbookWaived(Payload, frozen=True, kw_only=True):
    """The gap needs no document, for a listed reason; a technician's `no-gap` answers that there was none."""

    spec = Spec("docs", ("gap",))
    gap: str
    reason: str
    by: str


class SignedOff(Payload, frozen=True, kw_only=True):
    """Step 21: a technician stands by the work, in the words of that version of the statement."""

    spec = Spec("docs", ("cycle", "technician"), C)
    technician: str
    statement_version: str


class Closed(Payload, frozen=True, kw_only=True):
    """Step 21: final close of the end (resolved or cancelled) whose fact id is `resolution`; `missing`: open gates."""

    spec = Spec("docs", ("cycle",), C, external=True)
    resolution: UUID
    code: str | None = None
    code_version: str = ""
    missing: tuple[str, ...] = ()
    follow_ups: tuple[str, ...] = ()


class ClosureCompleted(Payload, frozen=True, kw_only=True):
    """Everything that was missing at an outside close has been made good."""

    spec = Spec("docs", ("cycle",), C)
    closure: UUID
    met: tuple[Owed, ...]


class ObligationRaised(Payload, frozen=True, kw_only=True):
    """Somebody still owes something to a closed cycle."""

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
    """The obligation was not met when it was due."""

    spec = Spec("docs", ("what", "cycle"), C)
    what: Owed
    owner: str
    due: datetime


class FollowUpRaised(Payload, frozen=True, kw_only=True):
    """Work that outlives the ticket: a replacement, a licence true-up, a change."""

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
    DocumentationSearched,
    DocumentationJudged,
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
