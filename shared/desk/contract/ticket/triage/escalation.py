"""Hand-over to the next tier, and paging the person on call."""

from __future__ import annotations

from typing import Literal

from desk.contract.event import CycleRule, Payload, Spec, Text


class EscalationProposed(Payload, frozen=True, kw_only=True):
    """Step 10: a rule says that this needs Tier 2."""

    spec = Spec("triage", ("cycle", "rule"), CycleRule.ALWAYS)
    rule: str
    why: Text


class Escalated(Payload, frozen=True, kw_only=True):
    """Step 11: handed over with everything that was tried."""

    spec = Spec("triage", ("cycle", "number"), CycleRule.ALWAYS)
    number: int
    to: str
    symptom: Text
    steps: Text
    diagnostics: tuple[str, ...]
    ruled_out: tuple[Text, ...]


class EscalationReturned(Payload, frozen=True, kw_only=True):
    """Tier 2 sent it back, with the reason."""

    spec = Spec("triage", ("cycle", "number"), CycleRule.ALWAYS)
    number: int
    reason: Text


class PageRequested(Payload, frozen=True, kw_only=True):
    """Somebody on call must look; one chain per page id."""

    spec = Spec("triage", ("page", "level"))
    page: str
    level: int
    schedule: str
    reason: str


class PageSent(Payload, frozen=True, kw_only=True):
    """The pager vendor took the call; that is not yet a page."""

    spec = Spec("triage", ("page", "level"))
    page: str
    level: int
    vendor_key: str


class PageDelivered(Payload, frozen=True, kw_only=True):
    """The vendor says that it reached a device."""

    spec = Spec("triage", ("page", "level"))
    page: str
    level: int
    evidence: str


class PageAcknowledged(Payload, frozen=True, kw_only=True):
    """A person took the page."""

    spec = Spec("triage", ("page", "level"))
    page: str
    level: int
    by: str


class PageEscalated(Payload, frozen=True, kw_only=True):
    """Nobody answered this level in time."""

    spec = Spec("triage", ("page", "level"))
    page: str
    level: int


class PageFailed(Payload, frozen=True, kw_only=True):
    """The page did not go out."""

    spec = Spec("triage", ("page", "level"))
    page: str
    level: int
    why: str


class PageWithdrawn(Payload, frozen=True, kw_only=True):
    """The reason for the page was gone before it was sent."""

    spec = Spec("triage", ("page", "level"))
    page: str
    level: int
    why: str


class PageJudged(Payload, frozen=True, kw_only=True):
    """Whether the page was needed, said afterwards by a person."""

    spec = Spec("triage", ("page",))
    page: str
    verdict: Literal["needed", "unneeded"]


FACTS: tuple[type[Payload], ...] = (
    EscalationProposed,
    Escalated,
    EscalationReturned,
    PageRequested,
    PageSent,
    PageDelivered,
    PageAcknowledged,
    PageEscalated,
    PageFailed,
    PageWithdrawn,
    PageJudged,
)
