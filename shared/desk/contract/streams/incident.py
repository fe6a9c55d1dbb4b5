"""The state of a major incident, folded from its facts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Literal

import msgspec
from msgspec.structs import replace

from desk.contract.event import Event, Payload, Text
from desk.contract.folding import on, steps
from desk.contract.streams import incidents as f


class Incident(msgspec.Struct, frozen=True, kw_only=True):
    """A major incident. `episode` counts its openings, `vendors` is the last state by `vendor|external id` (`vanished`
    when no longer listed). `children` maps the attached tickets to their relation."""

    state: Literal["unknown", "open", "resolved"] = "unknown"
    title: Text = ""
    symptom: str = ""
    severity: str = ""
    onset: datetime | None = None
    clients: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    vendor: str | None = None
    component: str | None = None
    episode: int = 0
    revision: int = 0
    children: dict[str, str] = {}
    vendors: dict[str, str] = {}
    notices: tuple[str, ...] = ()

    @property
    def exists(self) -> bool:
        """Whether it was declared."""
        return self.state != "unknown"

    def concerns(self, client: str) -> bool:
        """Whether a ticket of that client may belong to it."""
        return not self.clients or client in self.clients

    def attached(self, relation: str) -> tuple[str, ...]:
        """The tickets that belong to it in this relation, in the order of their attachment."""
        return tuple(ticket for ticket, how in self.children.items() if how == relation)

    def evolve(self, event: Event) -> Incident:
        """The incident after one more fact."""
        step = EVOLVE.get(type(event.data))
        return self if step is None else step(self, event)


INITIAL = Incident()
Step = Callable[[Incident, Event], Incident]


def _declared(s: Incident, e: Event[f.IncidentDeclared]) -> Incident:
    d = e.data
    return replace(
        s,
        state="open",
        title=d.title,
        symptom=d.symptom,
        severity=d.severity,
        onset=d.onset,
        clients=d.clients,
        devices=d.devices,
        vendor=d.vendor,
        component=d.component,
        episode=1,
    )


def _vendor(
    s: Incident, e: Event[f.VendorIncidentSeen | f.VendorIncidentChanged | f.VendorIncidentVanished]
) -> Incident:
    state = getattr(e.data, "state", "vanished")
    return replace(s, vendors={**s.vendors, f"{e.data.vendor}|{e.data.external}": state})


def _detached(s: Incident, e: Event[f.ChildDetached]) -> Incident:
    return replace(s, children={ticket: how for ticket, how in s.children.items() if ticket != e.data.ticket})


EVOLVE: dict[type[Payload], Step] = steps(
    on(f.IncidentDeclared, _declared),
    on(f.IncidentUpdated, lambda s, e: replace(s, revision=e.data.revision, severity=e.data.severity or s.severity)),
    on(f.VendorIncidentSeen, _vendor),
    on(f.VendorIncidentChanged, _vendor),
    on(f.VendorIncidentVanished, _vendor),
    on(f.ChildAttached, lambda s, e: replace(s, children={**s.children, e.data.ticket: e.data.relation})),
    on(f.ChildDetached, _detached),
    on(f.IncidentResolved, lambda s, e: replace(s, state="resolved")),
    on(f.IncidentReopened, lambda s, e: replace(s, state="open", episode=e.data.episode)),
    on(f.MassNoticeSent, lambda s, e: replace(s, notices=(*s.notices, e.data.notice))),
)
