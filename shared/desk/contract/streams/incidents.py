"""Major incidents: one cause behind many tickets. Topic `desk.incidents.v1`, key = incident id; owner triage."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from desk.contract.event import Payload, Spec, Stream, Text

I = Stream.INCIDENTS  # noqa: E741
VendorState = Literal["investigating", "identified", "monitoring", "resolved", "scheduled", "unknown"]


class IncidentDeclared(Payload, frozen=True, kw_only=True):
    """A common cause of several tickets was declared; empty `clients` means that any client may be affected.

    `devices` are those of the clients that fail with it, `component` is the part of the vendor's service that fails.
    """

    spec = Spec("triage", (), stream=I)
    title: Text
    symptom: str
    severity: Literal["minor", "major", "critical"]
    onset: datetime
    clients: tuple[str, ...] = ()
    vendor: str | None = None
    devices: tuple[str, ...] = ()
    component: str | None = None


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
    """A ticket was attached to this incident, as its child or related to it; `episode` counts the ticket's links."""

    spec = Spec("triage", ("ticket", "episode"), stream=I)
    ticket: str
    episode: int
    relation: str


class ChildDetached(Payload, frozen=True, kw_only=True):
    """The ticket was detached: it has another cause. `episode` counts the ticket's links."""

    spec = Spec("triage", ("ticket", "episode"), stream=I)
    ticket: str
    episode: int
    reason: Text


class IncidentResolved(Payload, frozen=True, kw_only=True):
    """The common cause is removed; its children are resolved with it.

    The failing action was watched to succeed for the children in `samples`.
    """

    spec = Spec("triage", ("episode",), stream=I)
    episode: int
    cause: Text
    action: Text
    samples: tuple[str, ...] = ()


class IncidentReopened(Payload, frozen=True, kw_only=True):
    """The common cause is back."""

    spec = Spec("triage", ("episode",), stream=I)
    episode: int
    reason: Text


class MassNoticeSent(Payload, frozen=True, kw_only=True):
    """One notice was sent to the requesters of these tickets; `text_hash` is an HMAC of its text.

    `notice` is the same HMAC, so that a text is sent once.
    """

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
