"""The ticket: five slices, one per owner. Status and cycle are pure functions of them; no clock, no arrival order."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

import msgspec

from desk.contract.event import Event
from desk.contract.ticket import billing, docs, intake, sla, triage


class Status(StrEnum):
    """The status of a ticket, as displayed. UNKNOWN: facts were applied before `ticket-opened`; stored, not listed."""

    UNKNOWN = "unknown"
    NEW = "new"
    TRIAGED = "triaged"
    DIAGNOSING = "diagnosing"
    ESCALATED = "escalated"
    FIXING = "fixing"
    VERIFYING = "verifying"
    WATCHING = "watching"
    WAITING = "waiting"
    HELD = "held"
    RESOLVED = "resolved"
    CANCELLED = "cancelled"
    CLOSED = "closed"
    MERGED = "merged"
    GONE = "gone"


class Ticket(msgspec.Struct, frozen=True):
    """A ticket folded from its facts. Only facts of its owner change a slice."""

    intake: intake.IntakeSlice = intake.INITIAL
    triage: triage.TriageSlice = triage.INITIAL
    sla: sla.SlaSlice = sla.INITIAL
    billing: billing.BillingSlice = billing.INITIAL
    docs: docs.DocsSlice = docs.INITIAL

    def evolve(self, event: Event) -> Ticket:
        """The ticket after one more fact of any owner."""
        return EVOLVE[event.owner](self, event)

    @property
    def cycle(self) -> int:
        """The current cycle; triage is the only authority."""
        return self.triage.cycle

    @property
    def slices(self) -> Ticket:
        """The five slices alone, by which replicas are compared, also where a service folds more than these."""
        if type(self) is Ticket:
            return self
        return Ticket(self.intake, self.triage, self.sla, self.billing, self.docs)


def _intake(t: Ticket, e: Event) -> Ticket:
    return Ticket(intake.evolve(t.intake, e), t.triage, t.sla, t.billing, t.docs)


def _triage(t: Ticket, e: Event) -> Ticket:
    return Ticket(t.intake, triage.evolve(t.triage, e), t.sla, t.billing, t.docs)


def _sla(t: Ticket, e: Event) -> Ticket:
    return Ticket(t.intake, t.triage, sla.evolve(t.sla, e), t.billing, t.docs)


def _billing(t: Ticket, e: Event) -> Ticket:
    return Ticket(t.intake, t.triage, t.sla, billing.evolve(t.billing, e), t.docs)


def _docs(t: Ticket, e: Event) -> Ticket:
    return Ticket(t.intake, t.triage, t.sla, t.billing, docs.evolve(t.docs, e))


EVOLVE: dict[str, Callable[[Ticket, Event], Ticket]] = {
    "intake": _intake,
    "triage": _triage,
    "sla": _sla,
    "billing": _billing,
    "docs": _docs,
}

INITIAL = Ticket()


def status(t: Ticket) -> Status:
    """The ticket's status: decided first by existence, then by the end of the current cycle, then by holds, waits and
    phase.
    """
    if not t.intake.exists:
        return Status.UNKNOWN
    if t.intake.merged_into:
        return Status.MERGED
    if t.intake.gone:
        return Status.GONE
    end = t.triage.end
    if end is not None:
        if t.docs.closed.get(t.cycle) == end.id:
            return Status.CLOSED
        return Status.CANCELLED if end.kind == "cancelled" else Status.RESOLVED
    if t.intake.caller_hold:
        return Status.HELD
    if t.triage.waits:
        return Status.WAITING
    return Status(t.triage.phase)


def confirmation_overwritten(t: Ticket, written_back_seq: int) -> bool:
    """Whether a write of ours had replaced the status by which the PSA last confirmed an end or reopening.

    It had if the PSA displayed triage's facts up to `written_back_seq`, and fewer before that status was set.
    """
    displayed = t.intake.overwritten.get(t.triage.psa_confirmed_by)
    return displayed is not None and displayed < written_back_seq


def _obligations_owed(t: Ticket) -> bool:
    """Whether something is owed to the current cycle; obligations end with it, with a merge and with the record."""
    return bool(t.docs.owed(t.cycle)) and status(t) not in (Status.MERGED, Status.GONE)


FLAGS: dict[str, Callable[[Ticket], bool]] = {
    "contested": lambda t: t.cycle in t.triage.contested and t.triage.end is None,
    "breached": lambda t: any(c.verdict and c.verdict.kind == "breached" for c in t.sla.clocks.values()),
    "obligations": _obligations_owed,
    "time-unconfirmed": lambda t: t.triage.end is not None and not t.billing.confirmed(t.cycle),
    "reply-undelivered": lambda t: t.intake.undelivered_reason is not None,
}
"""Flags beside the status: contested, breached, obligations owed, time not confirmed, a reply that did not reach the
client.
"""


def flags(t: Ticket) -> tuple[str, ...]:
    """The names of the flags that hold."""
    return tuple(name for name, holds in FLAGS.items() if holds(t))
