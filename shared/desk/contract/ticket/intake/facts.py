"""Intake's facts about the ticket itself: birth, kind, caller, client, asset, merge and split, conversation."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from desk.contract.event import Payload, Spec, Text
from desk.contract.ticket.intake import psa

Kind = Literal["incident", "quick", "alert", "request", "security"]


class TicketOpened(Payload, frozen=True, kw_only=True):
    """The first fact of every ticket, at the time of contact.

    `instance` and `record` when it was born in the PSA or a log. `destination`: the PSA instance and board
    (`<instance>:<board>`) in which intake creates a record for it. `zone`: the client's IANA zone, so that clocks that
    start here start in it.
    """

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
    """An imported open ticket goes live at the cut-over: timers are armed from then."""

    spec = Spec("intake", ())
    source: str
    cut_over: datetime


class KindChanged(Payload, frozen=True, kw_only=True):
    """The ticket is of another kind, so other gates apply."""

    spec = Spec("intake", ("before", "after", "profile", "revision"))
    before: Kind
    after: Kind
    profile: str
    reason: Text
    revision: int


class MergedInto(Payload, frozen=True, kw_only=True):
    """This ticket is a duplicate and lives on in `root`."""

    spec = Spec("intake", ("root",))
    root: str
    evidence: Text


class MergeAbsorbed(Payload, frozen=True, kw_only=True):
    """This ticket took in `loser`."""

    spec = Spec("intake", ("loser",))
    loser: str
    evidence: Text


class Unmerged(Payload, frozen=True, kw_only=True):
    """A merge was undone; nothing had been destroyed."""

    spec = Spec("intake", ("other",))
    other: str
    evidence: Text


class SplitFrom(Payload, frozen=True, kw_only=True):
    """This ticket was split off `other`."""

    spec = Spec("intake", ("other",))
    other: str
    messages: tuple[str, ...]


class SplitInto(Payload, frozen=True, kw_only=True):
    """A part of this ticket became `other`."""

    spec = Spec("intake", ("other",))
    other: str
    messages: tuple[str, ...]


class CallerVerified(Payload, frozen=True, kw_only=True):
    """Step 1: who called is a current contact.

    Level 1 matched record, 2 challenge answered, 3 manager's approval; `may` lists what they may ask for.
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
    """Another contact of the same client is the requester now."""

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
    """The contract in force at opened_at. `zone`: the IANA zone of the client's main site, as the PSA tells it."""

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
    """The ticket belonged to the wrong company."""

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
    """Step 2: the device (and the user on it) that the ticket is about."""

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
    """Step 2: no device, for a listed reason."""

    spec = Spec("intake", ())
    reason: str


class ProblemRestated(Payload, frozen=True, kw_only=True):
    """The concise problem statement, at most 100 characters."""

    spec = Spec("intake", ("text_hash",))
    statement: Text
    text_hash: str
    symptom: str | None = None


class ClientReplied(Payload, frozen=True, kw_only=True):
    """The client wrote; `auto` marks auto-replies and bounces."""

    spec = Spec("intake", ("message",))
    message: str
    text: Text | None = None
    auto: bool = False


class ReplySent(Payload, frozen=True, kw_only=True):
    """Somebody answered. Only a human, public answer to the requester is a response."""

    spec = Spec("intake", ("message",))
    message: str
    author: Literal["human", "bot", "automatic"]
    audience: Literal["public", "internal"]
    to_requester: bool
    channel: str
    text: Text | None = None
    summary: str | None = None


class ReplyUndelivered(Payload, frozen=True, kw_only=True):
    """The reply `message` did not reach the client: the call `effect` that was to deliver it ended without having been
    made. `reason` is a code, such as `write_back_off`. A later `psa-synced` of the message takes it back.
    """

    spec = Spec("intake", ("message",))
    message: str
    reason: str
    effect: str


class NoteAdded(Payload, frozen=True, kw_only=True):
    """A note on the ticket."""

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
