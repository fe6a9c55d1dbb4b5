"""Which fact types exist, and which class carries each. Type names resolve from here only."""

from __future__ import annotations

from desk.ticket import billing, docs, intake, sla, triage
from desk.ticket.event import OWNERS, Payload, Stream, type_of
from desk.ticket.upcasters import UPCASTERS as UPCASTERS

TICKET_FACTS: tuple[type[Payload], ...] = (*intake.FACTS, *triage.FACTS, *sla.FACTS, *billing.FACTS, *docs.FACTS)
FACTS: tuple[type[Payload], ...] = TICKET_FACTS


def types_of(payload: type[Payload]) -> tuple[str, ...]:
    """The wire types of a fact: one, or one per owner where each service may record it."""
    if payload.spec.owner == "each":
        return tuple(type_of(payload, owner) for owner in OWNERS)
    return (type_of(payload),)


TYPES: dict[str, type[Payload]] = {name: payload for payload in FACTS for name in types_of(payload)}


def stream_of(type_name: str) -> Stream | None:
    """The stream on which facts of that type travel; None for a type that is not (yet) known here."""
    upcaster = UPCASTERS.get(type_name)
    payload = TYPES.get(upcaster.now if upcaster else type_name)
    return None if payload is None else payload.spec.stream
