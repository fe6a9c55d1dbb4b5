"""An act in the PSA, and whether the PSA displayed to its author the state that the act would undo."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from msgspec.structs import replace

from desk.contract.event import Actor, Draft, Mode, Payload
from desk.contract.ticket.intake.psa import StatusClass
from desk.contract.ticket.ticket import Ticket, confirmation_overwritten
from desk.contract.ticket.triage import dispatch as d
from desk.contract.ticket.triage import ends as en
from desk.contract.ticket.triage.slice import End, Reopening

OPEN: frozenset[StatusClass] = frozenset(
    ("new", "open", "waiting-client", "waiting-vendor", "waiting-schedule", "waiting-internal")
)
WAITS: dict[StatusClass, d.WaitOn] = {
    "waiting-client": "client",
    "waiting-vendor": "vendor",
    "waiting-schedule": "schedule",
    "waiting-internal": "internal",
}
ENDED: frozenset[StatusClass] = frozenset(("resolved", "closed", "cancelled"))
KEPT_WAITS: frozenset[d.WaitOn] = frozenset(("parent", "security"))
"""Waits that the PSA does not have: leaving a waiting status there does not end them."""


class PsaAct(NamedTuple):
    """One status transition to rule on. `source_seq`: number of the observation; `written_back_seq`: newest `ownerseq`
    of triage that the PSA had received.
    """

    observation: UUID
    source_seq: int
    mapping_version: str
    time: datetime
    status_class: StatusClass
    psa_actor: str
    written_back_seq: int
    imported: bool

    @property
    def mode(self) -> Mode:
        return "import" if self.imported else "outside"

    def draft(self, data: Payload, cycle: int | None = None) -> Draft:
        """A draft with the time and the actor of the transition in the PSA."""
        return Draft(data=data, cycle=cycle, time=self.time, mode=self.mode, actor=Actor.parse(self.psa_actor))


class Ruling(NamedTuple):
    """The drafts that a transition led to, its outcome, and the reason."""

    drafts: list[Draft]
    outcome: en.Outcome
    why: str = ""


def was_visible(border: End | Reopening, seen: PsaAct, ticket: Ticket) -> bool:
    """Whether the PSA displayed this border of a cycle: it was written back, or made or confirmed there and not
    overwritten since.
    """
    if seen.imported or seen.written_back_seq >= border.seq:
        return True
    theirs = border.mode != "process" if isinstance(border, End) else border.cause == "psa"
    confirmed = theirs or ticket.triage.psa_confirmed_seq >= border.seq
    return confirmed and not confirmation_overwritten(ticket, seen.written_back_seq)


def author_was_current(seen: PsaAct, ticket: Ticket) -> bool:
    """Whether the PSA displayed the state that the act would undo.

    Resolving, closing or cancelling ends the cycle that the PSA displayed; opening undoes the end that it displayed; a
    wait belongs to the cycle of its time. An act on an older state only repeats what was overtaken.
    """
    end, again = ticket.triage.end, ticket.triage.reopened[-1] if ticket.triage.reopened else None
    if seen.status_class in OPEN and end is not None:
        return was_visible(end, seen, ticket)
    if again is None or was_visible(again, seen, ticket):
        return True
    return seen.status_class in OPEN and (seen.status_class not in WAITS or seen.time > again.time)


def same_reopening(seen: PsaAct, ticket: Ticket) -> bool:
    """Whether a technician undid in the PSA the same end that the desk undid a little later."""
    if not ticket.triage.reopened or ticket.intake.status_was not in ENDED:
        return False
    *earlier, again = ticket.triage.reopened
    overtaken = seen.time <= again.time and not was_visible(again, seen, ticket)
    return overtaken and (not earlier or was_visible(earlier[-1], seen, ticket))


def saw_only_the_reopening(seen: PsaAct, ticket: Ticket) -> bool:
    """Whether the act lies between a reopening at the desk and its later end, which the PSA had not displayed."""
    end, again = ticket.triage.end, ticket.triage.reopened[-1] if ticket.triage.reopened else None
    if end is None or again is None or was_visible(end, seen, ticket):
        return False
    return again.time < seen.time < end.time


def clamp_to_cycle(drafts: list[Draft], ticket: Ticket) -> list[Draft]:
    """Move drafts to the border of their cycle if earlier, as when desk and PSA acted at the same time."""
    s = ticket.triage
    border = s.end.time if s.end else s.reopened[-1].time if s.reopened else None
    return [replace(draft, time=border) if border and _before(draft, border) else draft for draft in drafts]


def _before(draft: Draft, border: datetime) -> bool:
    return draft.mode != "import" and draft.time is not None and draft.time < border
