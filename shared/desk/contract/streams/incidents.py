"""Major incidents: one cause behind many tickets. Topic `desk.incidents.v1`, key = incident id; owner triage."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Literal

import msgspec
from msgspec.structs import replace

from desk.contract.event import Event, Payload, Spec, Stream, Text
from desk.contract.folding import on, steps

I = Stream.INCIDENTS  # noqa: E741
VendorState = Literal["investigating", "identified", "monitoring", "resolved", "scheduled", "unknown"]


class IncidentDeclared(Payload, frozen=True, kw_only=True):
    """A common cause of several tickets was declared; empty `clients` means that any client may be affected."""

    spec = Spec("triage", (), stream=I)
    title: Text
    symptom: str
    severity: Literal["minor", "major", "critical"]
    onset: datetime
    clients: tuple[str, ...] = ()
    vendor: str | None = None


class IncidentUpdated(Payload, frozen=True, kw_only=True):
    """The description of the incident was updated."""

    spec = Spec("triage", ("revision",), stream=I)
    revision: int
    text: Text
    severity: Literal["minor", "major", "critical"] | None = None


class VendorIncidentSeen(Payload, frozen=True, kw_only=True):
    """A vendor's status page reports an incident of its own."""

    spec = Spec("triage", ("vendor", "external"), stream=I)
    vendor: str
    external: str
    state: VendorState
    text: Text = ""


class VendorIncidentChanged(Payload, frozen=True, kw_only=True):
    """The vendor changed its report; only `resolved` means resolved."""

    spec = Spec("triage", ("vendor", "external", "revision"), stream=I)
    vendor: str
    external: str
    revision: str
    state: VendorState
    text: Text = ""


class VendorIncidentVanished(Payload, frozen=True, kw_only=True):
    """The vendor's page no longer lists the incident without having reported it resolved: it counts as not resolved."""

    spec = Spec("triage", ("vendor", "external", "last_seen"), stream=I)
    vendor: str
    external: str
    last_seen: datetime


class ChildAttached(Payload, frozen=True, kw_only=True):
    """A ticket was attached to this incident."""

    spec = Spec("triage", ("ticket", "episode"), stream=I)
    ticket: str
    episode: int
    relation: str


class ChildDetached(Payload, frozen=True, kw_only=True):
    """The ticket was detached: it has another cause."""

    spec = Spec("triage", ("ticket", "episode"), stream=I)
    ticket: str
    episode: int
    reason: Text


class IncidentResolved(Payload, frozen=True, kw_only=True):
    """The common cause is removed; the attached tickets are notified."""

    spec = Spec("triage", ("episode",), stream=I)
    episode: int
    cause: Text
    action: Text


class IncidentReopened(Payload, frozen=True, kw_only=True):
    """The common cause is back."""

    spec = Spec("triage", ("episode",), stream=I)
    episode: int
    reason: Text


class MassNoticeSent(Payload, frozen=True, kw_only=True):
    """One notice was sent to the requesters of these tickets; `text_hash` is an HMAC of its text."""

    spec = Spec("triage", ("notice",), stream=I)
    notice: str
    tickets: tuple[str, ...]
    channel: str
    text_hash: str


FACTS: tuple[type[Payload], ...] = (
    IncidentDeclared,
    IncidentUpdated,
    VendorIncidentSeen,
    VendorIncidentChanged,
    VendorIncidentVanished,
    ChildAttached,
    ChildDetached,
    IncidentResolved,
    IncidentReopened,
    MassNoticeSent,
)


class Incident(msgspec.Struct, frozen=True, kw_only=True):
    """A major incident. `episode` counts its openings, `vendors` is the last state by `vendor|external id` (`vanished`
    when no longer listed)."""

    state: Literal["unknown", "open", "resolved"] = "unknown"
    symptom: str = ""
    severity: str = ""
    onset: datetime | None = None
    clients: tuple[str, ...] = ()
    episode: int = 0
    revision: int = 0
    children: dict[str, str] = {}
    vendors: dict[str, str] = {}
    notices: tuple[str, ...] = ()

    def evolve(self, event: Event) -> Incident:
        """The incident after one more fact."""
        step = EVOLVE.get(type(event.data))
        return self if step is None else step(self, event)


INITIAL = Incident()
Step = Callable[[Incident, Event], Incident]


def _declared(s: Incident, e: Event[IncidentDeclared]) -> Incident:
    d = e.data
    return replace(s, state="open", symptom=d.symptom, severity=d.severity, onset=d.onset, clients=d.clients, episode=1)


def _vendor(s: Incident, e: Event[VendorIncidentSeen | VendorIncidentChanged | VendorIncidentVanished]) -> Incident:
    state = getattr(e.data, "state", "vanished")
    return replace(s, vendors={**s.vendors, f"{e.data.vendor}|{e.data.external}": state})


def _detached(s: Incident, e: Event[ChildDetached]) -> Incident:
    return replace(s, children={ticket: how for ticket, how in s.children.items() if ticket != e.data.ticket})


EVOLVE: dict[type[Payload], Step] = steps(
    on(IncidentDeclared, _declared),
    on(IncidentUpdated, lambda s, e: replace(s, revision=e.data.revision, severity=e.data.severity or s.severity)),
    on(VendorIncidentSeen, _vendor),
    on(VendorIncidentChanged, _vendor),
    on(VendorIncidentVanished, _vendor),
    on(ChildAttached, lambda s, e: replace(s, children={**s.children, e.data.ticket: e.data.relation})),
    on(ChildDetached, _detached),
    on(IncidentResolved, lambda s, e: replace(s, state="resolved")),
    on(IncidentReopened, lambda s, e: replace(s, state="open", episode=e.data.episode)),
    on(MassNoticeSent, lambda s, e: replace(s, notices=(*s.notices, e.data.notice))),
)
