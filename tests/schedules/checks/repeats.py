"""Finds facts that were recorded twice: by natural key, a fact in effect may not be recorded again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from desk.contract.event import Event, Payload
from desk.contract.ticket.docs import facts as docs
from desk.contract.ticket.sla import facts as sla

ENDS: Mapping[type[Payload], tuple[type[Payload], ...]] = {
    sla.ClockStarted: (sla.ClockCancelled,),
    sla.ClockCancelled: (sla.ClockStarted,),
    docs.ObligationRaised: (docs.ObligationMet, docs.ObligationOverdue),
    docs.ObligationMet: (docs.ObligationRaised, docs.ObligationOverdue),
}
"""A fact -> the facts of its natural key that stand no more after it."""
BY_CYCLE = sla.ClockPaused | sla.ClockResumed
"""One wait can pause the clocks of two cycles: the key says which wait, the fact which cycle."""
Key = tuple[type[Payload], str, int | None]


def again(events: Iterable[Event]) -> list[str]:
    """Facts that were recorded while their like stood. A verdict stands until a fact that names it takes it back."""
    standing: dict[Key, UUID] = {}
    found = []
    for event in events:
        data = event.data
        if isinstance(data, sla.BreachRetracted | sla.ClockReinstated):
            standing = {key: identity for key, identity in standing.items() if identity != data.verdict}
        key = _key(event, type(data))
        if key in standing:
            found.append(f"{event.type} {event.naturalkey}")
        standing[key] = event.id
        for ended in ENDS.get(type(data), ()):
            standing.pop(_key(event, ended), None)
    return found


def _key(event: Event, kind: type[Payload]) -> Key:
    return kind, event.naturalkey, event.cycle if isinstance(event.data, BY_CYCLE) else None
