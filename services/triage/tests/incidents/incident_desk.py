"""Intake and triage in memory, with the real tables: several tickets and incidents in one store."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from desk.contract.event import Actor, Draft, Event, Payload, Stream
from desk.contract.streams.incident import Incident
from desk.contract.ticket.ticket import Ticket
from desk.decision.command import decide
from desk.decision.context import DecisionContext
from desk.decision.principal import Role
from desk.decision.reads import Found
from desk.eventstore.catalogue_event_model import catalogued
from desk.eventstore.unit_of_work.work_items import Command, Recorded
from desk.policies import PolicyBook
from desk.service.definition import Definition, tables_of
from desk.testing import controls as c
from desk.testing.clock import FakeClock
from desk.testing.scheduler import MemoryService
from desk.testing.wire import Wire
from desk_triage.commands import COMMANDS
from desk_triage.decisions.incidents.declaration import DeclareIncident, declare_incident
from desk_triage.decisions.incidents.notice import RecordMassNotice, record_mass_notice
from desk_triage.decisions.incidents.resolution import (
    ReopenIncident,
    ResolveIncident,
    reopen_incident,
    resolve_incident,
)
from desk_triage.main import TRIAGE

BY_NAME = {command.name: command for command in COMMANDS}
ON_INCIDENT: dict[str, tuple[Any, Callable[..., list[Draft]]]] = {
    "resolve-incident": (ResolveIncident, resolve_incident),
    "reopen-incident": (ReopenIncident, reopen_incident),
    "record-mass-notice": (RecordMassNotice, record_mass_notice),
}
DEFAULTS: dict[str, dict[str, Any]] = {
    "resolve-incident": {"cause": "fibre cut", "action": "carrier repaired it"},
    "reopen-incident": {"reason": "the carrier is down again"},
    "record-mass-notice": {"text": "The line is repaired.", "channel": "email"},
    "unlink-incident": {"reason": "the cable was unplugged"},
}


class IncidentDesk:
    """Commands by name; `sends` runs one on a ticket, `leads` one on an incident."""

    def __init__(self, triage: Definition = TRIAGE) -> None:
        self.clock, self.book, self._made = FakeClock(), PolicyBook(), 0
        language = catalogued()
        parts = (Definition(owner="intake"), triage)
        services = {
            one.owner: MemoryService(one.owner, tables_of(one), self.book, language, self.clock, self._new_id)
            for one in parts
        }
        self.intake, self.triage, self._wire = services["intake"], services["triage"], Wire(services)

    def _new_id(self) -> UUID:
        self._made += 1
        return UUID(int=self._made)

    def opens(self, ticket: str, **opening: Any) -> None:
        """A ticket that is ready for work."""
        facts = c.ready_for_work()
        self.says(ticket, c.opening(**opening), *(fact for fact in facts[1:] if fact.spec.owner == "intake"))
        self.sends("assess-priority", ticket, impact="medium", urgency="medium")

    def says(self, subject: str, *facts: Payload) -> None:
        """Facts of intake, which triage has applied."""
        for fact in facts:
            self._run(self.intake, fact.spec.stream, subject, lambda *_, fact=fact: [Draft(data=fact)])
        self._wire.relay("intake", 100)
        while waiting := self._wire.waiting("triage"):
            self._wire.deliver("triage", waiting)

    def sends(self, name: str, ticket: str, **fields: Any) -> list[str]:
        """A command on a ticket; returns the names of the facts, on whatever aggregate."""
        command = BY_NAME[name]
        body = command.body(**{"cycle": self.ticket(ticket).cycle, **DEFAULTS.get(name, {}), **fields})
        others = command.aggregates(body, c.CLIENT)

        def decided(states: Any, context: DecisionContext) -> list[Draft]:
            found = states if others else {ticket: states}
            return decide(command, body, found[ticket], context, Found(c.CLIENT, found))

        return self._run(self.triage, Stream.TICKETS, ticket, decided, others)

    def declares(self, incident: str, **fields: Any) -> list[str]:
        """A new incident that may concern any client."""
        body = DeclareIncident(**{"title": "Carrier outage", "symptom": "vpn-drop", "onset": c.NOW, **fields})
        return self._run(self.triage, Stream.INCIDENTS, incident, lambda state, x: declare_incident(body, state, {}, x))

    def leads(self, name: str, incident: str, **fields: Any) -> list[str]:
        """A command on an incident."""
        kind, decision = ON_INCIDENT[name]
        body = kind(**{**DEFAULTS[name], **fields})
        return self._run(self.triage, Stream.INCIDENTS, incident, lambda state, x: decision(body, state, x))

    def _run(
        self,
        service: MemoryService,
        stream: Stream,
        subject: str,
        decision: Callable[..., list[Draft]],
        others: Sequence[tuple[Stream, str]] = (),
    ) -> list[str]:
        self.clock.advance(timedelta(seconds=7))
        context = DecisionContext(
            id=self._new_id(),
            actor=Actor("person", "tess"),
            now=self.clock.now(),
            policies=self.book,
            subject=subject,
            roles=frozenset({Role.TIER2, Role.COORDINATOR}),
        )
        item = Command(stream, subject, decision, context, other_aggregates=tuple(others))
        recorded: Recorded = service.run(item)
        return [event.data.name for event in recorded.events]

    def ticket(self, name: str) -> Ticket:
        """A ticket in triage."""
        state = self.triage.replica(name).state
        assert isinstance(state, Ticket)
        return state

    def incident(self, name: str) -> Incident:
        """An incident."""
        state = self.triage.replica(name, Stream.INCIDENTS).state
        assert isinstance(state, Incident)
        return state

    def facts(self, subject: str) -> list[Event]:
        """Triage's own facts on a ticket, in order."""
        rows = self.triage.store.aggregates.get(subject, ())
        return [self.triage.language.decode(row.raw) for row in rows if row.own]
