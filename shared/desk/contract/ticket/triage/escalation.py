"""Triage's facts about the hand-over to the next tier, and about paging the person on call."""

from __future__ import annotations

from typing import Literal

from desk.contract.event import CycleRule, Payload, Spec, Text


class EscalationProposed(Payload, frozen=True, kw_only=True):
    """Step 10: a rule proposed an escalation to Tier 2."""

    spec = Spec("triage", ("cycle", "rule"), CycleRule.ALWAYS)
    rule: str
    why: Text


class Escalated(Payload, frozen=True, kw_only=True):
    """Step 11: the ticket was escalated to the queue `to`, with everything that was tried: the entries of the
    diagnostic steps, and the causes that were ruled out, or the reason why none was."""

    spec = Spec("triage", ("cycle", "number"), CycleRule.ALWAYS)
    number: int
    to: str
    symptom: Text
    steps: Text
    diagnostics: tuple[str, ...]
    ruled_out: tuple[Text, ...]
    text_hash: str = ""


class EscalationReturned(Payload, frozen=True, kw_only=True):
    """Tier 2 returned the ticket, with the reason."""

    spec = Spec("triage", ("cycle", "number"), CycleRule.ALWAYS)
    number: int
    reason: Text
    text_hash: str = ""


class PageRequested(Payload, frozen=True, kw_only=True):
    """A page of the person on call was requested; one chain per page id. `instance` of the paging vendor is to send it;
    it is empty where none serves the client."""

    spec = Spec("triage", ("page", "level"))
    page: str
    level: int
    schedule: str
    reason: str
    instance: str = ""


class PageSent(Payload, frozen=True, kw_only=True):
    """The pager vendor accepted the request; nobody is paged yet."""

    spec = Spec("triage", ("page", "level"))
    page: str
    level: int
    vendor_key: str


class PageDelivered(Payload, frozen=True, kw_only=True):
    """The vendor reports that the page reached a device."""

    spec = Spec("triage", ("page", "level"))
    page: str
    level: int
    evidence: str


class PageAcknowledged(Payload, frozen=True, kw_only=True):
    """A person acknowledged the page."""

    spec = Spec("triage", ("page", "level"))
    page: str
    level: int
    by: str


class PageEscalated(Payload, frozen=True, kw_only=True):
    """The page was not acknowledged at this level in time."""

    spec = Spec("triage", ("page", "level"))
    page: str
    level: int


class PageFailed(Payload, frozen=True, kw_only=True):
    """The page could not be sent."""

    spec = Spec("triage", ("page", "level"))
    page: str
    level: int
    why: str


class PageWithdrawn(Payload, frozen=True, kw_only=True):
    """The page was withdrawn, because its reason had gone."""

    spec = Spec("triage", ("page", "level"))
    page: str
    level: int
    why: str


class PageJudged(Payload, frozen=True, kw_only=True):
    """A person judged afterwards whether the page was needed."""

    spec = Spec("triage", ("page",))
    page: str
    verdict: Literal["needed", "unneeded"]


PageStepTaken = PageSent | PageDelivered | PageEscalated | PageFailed | PageWithdrawn
"""The facts that move one level of a page."""

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
