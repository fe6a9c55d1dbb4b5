"""Docs' slice of a ticket, folded from docs' facts alone."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from desk.contract.event import Mode, Text
from desk.contract.ticket.docs import client as c
from desk.contract.ticket.docs import facts as f
from desk.contract.ticket.evidence import SourceAnswer

SurveyState = Literal["requested", "sent", "failed", "not-applicable", "expired"]


class Search(msgspec.Struct, frozen=True):
    """One search of the documentation of `client`: its hits, and the sources that did not answer (`unknown`)."""

    cycle: int
    client: str
    hits: tuple[str, ...]
    unknown: tuple[str, ...]


class Request(msgspec.Struct, frozen=True):
    """The newest search that a person asked for: its id, the client, and the words."""

    search: str
    client: str
    query: Text


class Documented(msgspec.Struct, frozen=True):
    """The newest resolution document of a cycle: its fact, its revision, the symptom code.

    `attempt` is that of the newest fix when it was written; None: the fact does not say.
    """

    id: UUID
    rev: int
    symptom: str
    by: str
    attempt: int | None = None


class Summary(msgspec.Struct, frozen=True):
    """One revision of a cycle's client summary, and its delivery. `attempt` as in `Documented`."""

    id: UUID
    rev: int
    audience: c.Audience
    text_hash: str
    state: Literal["written", "sent", "failed"] = "written"
    message: str = ""
    attempt: int | None = None


class Survey(msgspec.Struct, frozen=True):
    """The survey of a cycle. `reason`: why it failed or is not applicable; `evidence`: the provider's id."""

    state: SurveyState
    survey: str = ""
    provider: str = ""
    reason: str = ""
    evidence: str = ""


class Rating(msgspec.Struct, frozen=True):
    """A rating: the last score counts, the first is kept."""

    cycle: int
    rev: int
    score: int
    first: int


class Obligation(msgspec.Struct, frozen=True):
    """Evidence owed to a closed cycle."""

    what: f.Owed
    cycle: int
    owner: str
    due: datetime
    state: Literal["open", "overdue", "met"] = "open"


class Closing(msgspec.Struct, frozen=True):
    """A final close: its fact, its time, the end that it closes, the code, the gates that were open."""

    id: UUID
    time: datetime
    resolution: UUID
    code: str | None
    missing: tuple[str, ...]
    mode: Mode
    completed: bool = False


class FollowUp(msgspec.Struct, frozen=True):
    """Work beyond the ticket."""

    kind: str
    owner: str
    due: datetime
    state: Literal["open", "completed", "dropped"] = "open"


class DocsSlice(msgspec.Struct, frozen=True, kw_only=True):
    """Docs' slice. By cycle: `closed` (id of the end that was closed), closings, documented, summaries, signoffs,
    surveys.

    By their own id: ratings (survey), searches, judged (hit), gaps, follow-ups. Obligations by `what|cycle`. By source:
    the newest answers to automatic searches, and to requests. `gap_texts`: hashes of what ended a gap.
    """

    closed: dict[int, UUID] = {}
    closings: dict[int, Closing] = {}
    documented: dict[int, Documented] = {}
    summaries: dict[int, tuple[Summary, ...]] = {}
    signoffs: dict[int, tuple[str, ...]] = {}
    surveys: dict[int, Survey] = {}
    ratings: dict[str, Rating] = {}
    searches: dict[str, Search] = {}
    search_sources: dict[str, SourceAnswer] = {}
    request: Request | None = None
    request_sources: dict[str, SourceAnswer] = {}
    judged: dict[str, bool] = {}
    gaps: dict[str, Literal["open", "updated", "waived"]] = {}
    obligations: dict[str, Obligation] = {}
    follow_ups: dict[str, FollowUp] = {}
    gap_texts: dict[str, str] = {}

    def owed(self, cycle: int) -> tuple[Obligation, ...]:
        """The open obligations of that cycle."""
        return tuple(o for o in self.obligations.values() if o.cycle == cycle and o.state != "met")

    def client_informed(self, cycle: int) -> bool:
        """Whether the newest summary of that cycle was delivered to the client."""
        summaries = self.summaries.get(cycle, ())
        return bool(summaries) and summaries[-1].state == "sent"

    @property
    def gaps_decided(self) -> bool:
        """Whether every runbook gap was updated or waived, and there is at least one."""
        return bool(self.gaps) and "open" not in self.gaps.values()


INITIAL = DocsSlice()
