"""Load with trivial reactions, for benchmarks: a ticket with notes, and a short reaction of each service.

A ticket has `4 + 2 * NOTES` facts: intake opens and notes, triage queues and diagnoses, sla and docs add one each.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from desk.contract.event import Draft, Event
from desk.contract.ticket.docs.documentation import DocumentationSearched
from desk.contract.ticket.intake.conversation import NoteAdded
from desk.contract.ticket.intake.facts import TicketOpened
from desk.contract.ticket.sla.facts import ClockStarted
from desk.contract.ticket.triage.diagnosis import DiagnosticRecorded
from desk.contract.ticket.triage.dispatch import Queued
from desk.decision.context import DecisionContext, Reaction

NOTES = 3


def open_ticket(number: int) -> Any:
    def decide(_state: Any, now: DecisionContext) -> list[Draft]:
        opening = TicketOpened(
            kind="incident", profile="incident", client="acme", channel="phone", opened_at=now.now,
            problem="The printer on floor 3 does not print", command=str(now.id),
        )  # fmt: skip
        notes = [NoteAdded(note=f"{number}-{n}", internal=True, text="x" * 120) for n in range(NOTES)]
        return [Draft(data=opening), *(Draft(data=note) for note in notes)]

    return decide


def queue(event: Event, _state: Any, _deciding: DecisionContext) -> list[Draft]:
    return [Draft(data=Queued(queue="service desk", revision=1, tier="1"))]


def diagnose(event: Event, _state: Any, _deciding: DecisionContext) -> list[Draft]:
    assert isinstance(event.data, NoteAdded)
    entry = DiagnosticRecorded(entry=event.data.note, what="Looked at the spooler", result="It was full")
    return [Draft(data=entry, cycle=1)]


def search(event: Event, _state: Any, _deciding: DecisionContext) -> list[Draft]:
    return [Draft(data=DocumentationSearched(search="1", client="acme", query="printer", sources=("glue",)), cycle=1)]


def clock(event: Event, _state: Any, _deciding: DecisionContext) -> list[Draft]:
    due = event.time + timedelta(hours=4)
    return [Draft(data=ClockStarted(clock="response", starts_at=event.time, due=due, seconds=14400), cycle=1)]


NEW_TICKET, NEW_NOTE = "desk.intake.ticket-opened.v1", "desk.intake.note-added.v1"
REACTIONS: dict[str, dict[str, Reaction]] = {
    "intake": {},
    "triage": {NEW_TICKET: queue, NEW_NOTE: diagnose},
    "sla": {NEW_TICKET: clock},
    "billing": {},
    "docs": {NEW_TICKET: search},
}
