"""Catalogue of all fact types and their classes. Type names are resolved only from here."""

from __future__ import annotations

from typing import Protocol

from desk.contract.event import OWNERS, Event, Payload, Stream, type_of
from desk.contract.streams import (
    Nothing,
    changes,
    client,
    clients,
    incident,
    incidents,
    operations,
    people,
    person,
    policies,
    security,
)
from desk.contract.ticket import billing, docs, intake, sla, ticket, triage
from desk.contract.upcasters import UPCASTERS as UPCASTERS


class State(Protocol):
    """The folded state of one aggregate."""

    def evolve(self, event: Event) -> State:
        """The state after one more fact; the same for a type that does not concern it."""


FACTS: tuple[type[Payload], ...] = (
    *intake.FACTS,
    *triage.FACTS,
    *sla.FACTS,
    *billing.FACTS,
    *docs.FACTS,
    *people.FACTS,
    *clients.FACTS,
    *incidents.FACTS,
    *changes.FACTS,
    *policies.FACTS,
    *security.FACTS,
    *operations.FACTS,
)

INITIAL: dict[Stream, State] = {
    Stream.TICKETS: ticket.INITIAL,
    Stream.PEOPLE: person.INITIAL,
    Stream.CLIENTS: client.INITIAL,
    Stream.INCIDENTS: incident.INITIAL,
    Stream.CHANGES: changes.INITIAL,
    Stream.POLICIES: policies.INITIAL,
    Stream.SECURITY: Nothing(),
    Stream.OPS: Nothing(),
}


def types_of(payload: type[Payload]) -> tuple[str, ...]:
    """The wire types of a fact: one, or one per owner where each service may record it."""
    if payload.spec.owner == "each":
        return tuple(type_of(payload, owner) for owner in OWNERS)
    return (type_of(payload),)


TYPES: dict[str, type[Payload]] = {name: payload for payload in FACTS for name in types_of(payload)}


def stream_of(type_name: str) -> Stream | None:
    """The stream of facts of that type; None for a type that this release does not know."""
    upcaster = UPCASTERS.get(type_name)
    payload = TYPES.get(upcaster.now if upcaster else type_name)
    return None if payload is None else payload.spec.stream


def initial(stream: Stream) -> State:
    """The state of an aggregate of that stream before its first fact."""
    return INITIAL[stream]
