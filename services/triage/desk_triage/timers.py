"""Arms a timer for the newest level of a page, whose end pages the next, and for a wait until a date, which ends it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from desk.contract.event import Event, Payload
from desk.contract.ticket.ticket import Ticket
from desk.contract.ticket.triage import dispatch as d
from desk.contract.ticket.triage import escalation as es
from desk.decision.planning import Arm, Cancel, DueHandler, TimerChange, Timers
from desk.decision.registrar import TICKETS, table
from desk.policies.book import PolicyBook
from desk_triage.decisions.diagnosis import wait_over
from desk_triage.decisions.paging.page_chain import level_over

LEVEL = "page-level"
WAIT = "wait-until"
MOVES: tuple[type[Payload], ...] = (
    es.PageRequested,
    es.PageAcknowledged,
    es.PageEscalated,
    es.PageFailed,
    es.PageWithdrawn,
)
DUE: Mapping[str, DueHandler] = dict((TICKETS.due(LEVEL, level_over), TICKETS.due(WAIT, wait_over)))


def scheduling(book: PolicyBook) -> Mapping[type[Payload], tuple[Timers, ...]]:
    """The timer after a fact of a page, by the policy `on-call` in `book`."""

    def moved(_event: Event, ticket: Ticket) -> list[TimerChange]:
        return [Cancel(LEVEL), *_armed(ticket, book)]

    waits = (TICKETS.arm(d.WaitingStarted, _wait_started), TICKETS.arm(d.WaitingEnded, _wait_ended))
    return table(*(TICKETS.arm(fact, moved) for fact in MOVES), *waits)


def _wait_started(event: Event[d.WaitingStarted], _ticket: Ticket) -> list[TimerChange]:
    return [] if event.data.until is None else [Arm(WAIT, event.data.wait, event.data.until)]


def _wait_ended(event: Event[d.WaitingEnded], _ticket: Ticket) -> list[TimerChange]:
    return [Cancel(WAIT, event.data.wait)]


def _armed(ticket: Ticket, book: PolicyBook) -> list[TimerChange]:
    newest = ticket.triage.page
    if newest is None or not newest[1].open:
        return []
    page, chain = newest
    levels = book.on_call.of(ticket.intake.client)
    minutes = levels[min(chain.level, len(levels)) - 1].minutes
    return [Arm(LEVEL, f"{page}|{chain.level}", chain.requested_at + timedelta(minutes=minutes))]
