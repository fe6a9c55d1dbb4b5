"""Arms a timer for the newest level of a page: when its minutes are over, the next level is paged."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from desk.contract.event import Event, Payload
from desk.contract.ticket.ticket import Ticket
from desk.contract.ticket.triage import escalation as es
from desk.decision.planning import Arm, Cancel, DueHandler, TimerChange, Timers
from desk.decision.registrar import TICKETS, table
from desk.policies.book import PolicyBook
from desk_triage.decisions.paging.page_chain import level_over

LEVEL = "page-level"
MOVES: tuple[type[Payload], ...] = (
    es.PageRequested,
    es.PageAcknowledged,
    es.PageEscalated,
    es.PageFailed,
    es.PageWithdrawn,
)
DUE: Mapping[str, DueHandler] = dict((TICKETS.due(LEVEL, level_over),))


def scheduling(book: PolicyBook) -> Mapping[type[Payload], tuple[Timers, ...]]:
    """The timer after a fact of a page, by the policy `on-call` in `book`."""

    def moved(_event: Event, ticket: Ticket) -> list[TimerChange]:
        return [Cancel(LEVEL), *_armed(ticket, book)]

    return table(*(TICKETS.arm(fact, moved) for fact in MOVES))


def _armed(ticket: Ticket, book: PolicyBook) -> list[TimerChange]:
    newest = ticket.triage.page
    if newest is None or not newest[1].open:
        return []
    page, chain = newest
    levels = book.on_call.of(ticket.intake.client)
    minutes = levels[min(chain.level, len(levels)) - 1].minutes
    return [Arm(LEVEL, f"{page}|{chain.level}", chain.requested_at + timedelta(minutes=minutes))]
