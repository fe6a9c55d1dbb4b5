"""Responses of triage's own routes, as the API writes them and the command line reads them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec

from desk.contract.read_text import ReadText


class RefusalGroup(msgspec.Struct, frozen=True):
    """Open gates of one gate, client and technician; `contested`: those of contested resolutions."""

    gate: str
    client: str
    technician: str
    count: int
    contested: int


class WouldRefuse(msgspec.Struct, frozen=True, kw_only=True):
    """Ends in the PSA with open gates, in a window of `days`: the number of `ends`, and of open gates (`refusals`).

    `groups`: the most frequent first.
    """

    days: int
    since: datetime = msgspec.field(name="from")
    until: datetime = msgspec.field(name="to")
    ends: int
    refusals: int
    by_gate: Mapping[str, int]
    by_client: Mapping[str, int]
    by_technician: Mapping[str, int]
    groups: list[RefusalGroup]


class IncidentChild(msgspec.Struct, frozen=True):
    """A ticket that belongs to an incident: `child` waits for it, `related` does not."""

    ticket: str
    relation: str


class IncidentDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A major incident. No `clients`: any client may be affected. `episode` counts its openings, `vendor_states` is the
    last state of the vendors' incidents behind it, by `vendor|external id`.
    """

    incident: str
    state: str
    title: ReadText
    symptom: str
    severity: str
    onset: datetime | None
    clients: list[str]
    devices: list[str]
    vendor: str | None
    component: str | None
    episode: int
    children: list[IncidentChild]
    vendor_states: dict[str, str]


class IncidentList(msgspec.Struct, frozen=True):
    """Major incidents, the newest onset first."""

    items: list[IncidentDocument]
