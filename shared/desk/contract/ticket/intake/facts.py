"""Intake's facts about the ticket itself: opening, kind, caller, client, asset, merge and split, conversation."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from desk.contract.event import Payload, Spec, Text
from desk.contract.ticket.intake import psa

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


class CallerVerified(Payload, frozen=True, kw_only=True):
    """Step 1: the caller was verified as a current contact.

    Level 1: matched record, 2: challenge answered, 3: manager's approval; `may` lists what they may request.
    """

    spec = Spec("intake", ("challenge",))
    challenge: str
    contact: str
    method: Literal["match", "call-back", "push", "code", "manager"]
    level: int
    may: tuple[str, ...]
    contact_revision: str
    expires: datetime


class CallerRejected(Payload, frozen=True, kw_only=True):
    """Step 1, hard stop: the claimed contact is terminated, unknown, not authorised, or failed the challenge."""

    spec = Spec("intake", ("attempt_id",))
    attempt_id: str
    claimed: Text
    reason: Literal["terminated", "unknown", "not-authorised", "failed-challenge"]
    psa_match: str | None = None


class CallerReplaced(Payload, frozen=True, kw_only=True):
    """The requester was replaced by another contact of the same client."""

    spec = Spec("intake", ("before", "after", "revision"))
    before: str | None
    after: str
    revision: int


class CallerRevoked(Payload, frozen=True, kw_only=True):
    """The contact was terminated while the ticket was open: work for them is on hold."""

    spec = Spec("intake", ("contact", "revision"))
    contact: str
    revision: str
    source: Literal["psa", "directory"]


class CallerHoldCleared(Payload, frozen=True, kw_only=True):
    """A coordinator lifted the hold."""

    spec = Spec("intake", ("contact", "revision"))
    contact: str
    revision: str
    reason: Text


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


class AssetLinked(Payload, frozen=True, kw_only=True):
    """Step 2: the device (and its user) that the ticket is about was linked."""

    spec = Spec("intake", ("device",))
    link: str
    device: str
    rmm: str | None = None
    asset_class: str | None = None
    upn: Text | None = None
    related: tuple[str, ...] = ()
    confidence: Literal["exact", "probable", "person"] = "person"
    candidates: tuple[str, ...] = ()


class AssetUnlinked(Payload, frozen=True, kw_only=True):
    """The link was wrong."""

    spec = Spec("intake", ("link",))
    link: str
    reason: Text


class AssetLinkWaived(Payload, frozen=True, kw_only=True):
    """Step 2: the link to a device was waived, for a listed reason."""

    spec = Spec("intake", ())
    reason: str


class ProblemRestated(Payload, frozen=True, kw_only=True):
    """The problem was restated concisely, in at most 100 characters."""

    spec = Spec("intake", ("text_hash",))
    statement: Text
    text_hash: str
    symptom: str | None = None


class ClientReplied(Payload, frozen=True, kw_only=True):
    """The client replied; `auto` marks auto-replies and bounces."""

    spec = Spec("intake", ("message",))
    message: str
    text: Text | None = None
    auto: bool = False


class ReplySent(Payload, frozen=True, kw_only=True):
    """A reply was sent. Only a human, public reply to the requester is a response."""

    spec = Spec("intake", ("message",))
    message: str
    author: Literal["human", "bot", "automatic"]
    audience: Literal["public", "internal"]
    to_requester: bool
    channel: str
    text: Text | None = None
    summary: str | None = None


class ReplyUndelivered(Payload, frozen=True, kw_only=True):
    """The reply `message` did not reach the client: the call `effect` to deliver it ended without being made.

    `reason` is a code, such as `write_back_off`. A later `psa-synced` of the message revokes this fact.
    """

    spec = Spec("intake", ("message",))
    message: str
    reason: str
    effect: str


class NoteAdded(Payload, frozen=True, kw_only=True):
    """A note was added to the ticket."""

    spec = Spec("intake", ("note",))
    note: str
    internal: bool
    text: Text


FACTS: tuple[type[Payload], ...] = (
    TicketOpened,
    TicketAdopted,
    KindChanged,
    MergedInto,
    MergeAbsorbed,
    Unmerged,
    SplitFrom,
    SplitInto,
    CallerVerified,
    CallerRejected,
    CallerReplaced,
    CallerRevoked,
    CallerHoldCleared,
    ClientTierCaptured,
    ClientCorrected,
    AfterHoursAccepted,
    AssetLinked,
    AssetUnlinked,
    AssetLinkWaived,
    ProblemRestated,
    ClientReplied,
    ReplySent,
    ReplyUndelivered,
    NoteAdded,
    *psa.FACTS,
)
