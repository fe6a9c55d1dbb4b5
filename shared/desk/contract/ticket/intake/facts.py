"""Intake's facts about the ticket itself: opening, kind, client, merge and split, the problem as stated."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from desk.contract.event import Payload, Spec, Text
from desk.contract.ticket.intake import assets, caller, conversation, psa

Kind = Literal["incident", "quick", "alert", "request", "security"]


class TicketOpened(Payload, frozen=True, kw_only=True):
    """The ticket was opened, at the time of contact: the first fact of every ticket.

    `instance` and `record` are set when it began in the PSA or a log. `destination`: the PSA instance and board
    (`<instance>:<board>`) in which intake creates a record for it. `zone`: the client's IANA zone, used by clocks that
    start here."""

    spec = Spec("intake", ("instance", "record", "command"))
    kind: Kind
    profile: str
    client: str
    channel: str
    opened_at: datetime
    problem: Text
    instance: str | None = None
    record: str | None = None
    command: str | None = None
    contact: str | None = None
    onset_at: datetime | None = None
    matrix: str | None = None
    reported_hostname: Text | None = None
    reported_upn: Text | None = None
    follows: str | None = None
    description: Text | None = None
    destination: str | None = None
    zone: str | None = None


class TicketAdopted(Payload, frozen=True, kw_only=True):
    """An imported open ticket went live at the cut-over: timers are armed from then on."""

    spec = Spec("intake", ())
    source: str
    cut_over: datetime


class KindChanged(Payload, frozen=True, kw_only=True):
    """The ticket's kind was changed, so other gates apply."""

    spec = Spec("intake", ("before", "after", "profile", "revision"))
    before: Kind
    after: Kind
    profile: str
    reason: Text
    revision: int


class MergedInto(Payload, frozen=True, kw_only=True):
    """This ticket is a duplicate and was merged into `root`."""

    spec = Spec("intake", ("root",))
    root: str
    evidence: Text


class MergeAbsorbed(Payload, frozen=True, kw_only=True):
    """The ticket `loser` was merged into this one."""

    spec = Spec("intake", ("loser",))
    loser: str
    evidence: Text


class Unmerged(Payload, frozen=True, kw_only=True):
    """A merge was undone; no data was lost."""

    spec = Spec("intake", ("other",))
    other: str
    evidence: Text


class SplitFrom(Payload, frozen=True, kw_only=True):
    """This ticket was split off `other`."""

    spec = Spec("intake", ("other",))
    other: str
    messages: tuple[str, ...]


class SplitInto(Payload, frozen=True, kw_only=True):
    """A part of this ticket was split off as `other`."""

    spec = Spec("intake", ("other",))
    other: str
    messages: tuple[str, ...]


class ClientTierCaptured(Payload, frozen=True, kw_only=True):
    """The agreement in force at opened_at was captured. `zone`: the IANA zone of the client's main site in the PSA."""

    spec = Spec("intake", ("agreement", "version"))
    client: str
    tier: str
    as_of: datetime
    agreement: str | None = None
    version: str = ""
    calendar: str | None = None
    after_hours: str | None = None
    zone: str | None = None


class ClientCorrected(Payload, frozen=True, kw_only=True):
    """The ticket's client was corrected."""

    spec = Spec("intake", ("before", "after", "revision"))
    before: str
    after: str
    revision: int


class AfterHoursAccepted(Payload, frozen=True, kw_only=True):
    """The caller consented to after-hours work and its rate."""

    spec = Spec("intake", ("call_out",))
    call_out: str
    contact: str
    rate: str


class ProblemRestated(Payload, frozen=True, kw_only=True):
    """The problem was restated concisely, in at most 100 characters."""

    spec = Spec("intake", ("text_hash",))
    statement: Text
    text_hash: str
    symptom: str | None = None


FACTS: tuple[type[Payload], ...] = (
    TicketOpened,
    TicketAdopted,
    KindChanged,
    MergedInto,
    MergeAbsorbed,
    Unmerged,
    SplitFrom,
    SplitInto,
    *caller.FACTS,
    ClientTierCaptured,
    ClientCorrected,
    AfterHoursAccepted,
    *assets.FACTS,
    ProblemRestated,
    *conversation.FACTS,
    *psa.FACTS,
)
