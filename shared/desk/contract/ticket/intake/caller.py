"""Intake's facts about the caller: verified, rejected, replaced, revoked."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from desk.contract.event import Payload, Spec, Text


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
    text_hash: str = ""


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


FACTS: tuple[type[Payload], ...] = (
    CallerVerified,
    CallerRejected,
    CallerReplaced,
    CallerRevoked,
    CallerHoldCleared,
)
