"""Triage's facts about diagnosis: links to incidents, sessions, reproduction, changes, endpoint security."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from desk.contract.event import CycleRule, Payload, Spec, Text

SourceState = Literal["clear", "match", "unknown", "not-applicable"]


class LinkedToIncident(Payload, frozen=True, kw_only=True):
    """The ticket was linked to an incident, as its child or related to it."""

    spec = Spec("triage", ("incident", "revision"))
    incident: str
    relation: Literal["child", "related"]
    revision: int


class UnlinkedFromIncident(Payload, frozen=True, kw_only=True):
    """The ticket was unlinked from that incident."""

    spec = Spec("triage", ("incident", "revision"))
    incident: str
    reason: Text
    revision: int


class ParentResolved(Payload, frozen=True, kw_only=True):
    """The incident that this ticket is a child of was resolved: its fix is this ticket's, in a new attempt.

    `revision` is the incident's episode. `sample`: the failing action of this ticket was watched to succeed.
    """

    spec = Spec("triage", ("incident", "revision"))
    incident: str
    revision: int
    sample: bool = False


class ParentReopened(Payload, frozen=True, kw_only=True):
    """The incident that this ticket is a child of is back; `revision` is the incident's new episode."""

    spec = Spec("triage", ("incident", "revision"))
    incident: str
    revision: int


class IncidentNoticeSent(Payload, frozen=True, kw_only=True):
    """The client of this ticket was informed by a mass notice of its incident."""

    spec = Spec("triage", ("incident", "notice"))
    incident: str
    notice: str
    channel: str


class SessionStarted(Payload, frozen=True, kw_only=True):
    """A remote session on the device began."""

    spec = Spec("triage", ("session",))
    session: str
    tool: str
    device: str
    with_user: bool
    text_hash: str = ""


class SessionEnded(Payload, frozen=True, kw_only=True):
    """That remote session ended."""

    spec = Spec("triage", ("session",))
    session: str


class ReproductionRecorded(Payload, frozen=True, kw_only=True):
    """Step 6: a reproduction of the failure was tried, on the user's own profile, network and permissions or not.

    `contact` is the requester at that time, whose profile it is about; facts of earlier releases do not say.
    """

    spec = Spec("triage", ("entry",), CycleRule.ALWAYS)
    entry: str
    result: Literal["reproduced", "not", "intermittent", "not-applicable"]
    device: str | None = None
    upn: Text | None = None
    on_profile: bool | None = None
    on_network: bool | None = None
    on_permissions: bool | None = None
    steps: Text | None = None
    observed: Text | None = None
    session: str | None = None
    contact: str | None = None


class DeviceChange(msgspec.Struct, frozen=True, omit_defaults=True):
    """One change recorded by the RMM."""

    at: datetime
    kind: str
    what: Text
    suspect: bool = False


class DeviceChangesCollected(Payload, frozen=True, kw_only=True):
    """Step 7: the device's changes in the window were collected; `unavailable` names what the RMM cannot report.

    `source` is the instance that was asked at `asked_at`, empty where none was. `reason` is a code that says why the
    state is `unknown` or `not-applicable`. `omitted` counts changes beyond those listed, `foreign` dropped rows of
    another device or client.
    """

    spec = Spec("triage", ("device", "snapshot"))
    device: str | None
    snapshot: str
    window_from: datetime | None = None
    window_to: datetime | None = None
    changes: tuple[DeviceChange, ...] = ()
    unavailable: tuple[str, ...] = ()
    state: SourceState = "clear"
    source: str = ""
    asked_at: datetime | None = None
    reason: str = ""
    omitted: int = 0
    foreign: int = 0


class DeviceChangesReviewed(Payload, frozen=True, kw_only=True):
    """A person judged the collected changes; `suspects` are positions in the list of the snapshot, the first is 0."""

    spec = Spec("triage", ("device", "snapshot"))
    device: str
    snapshot: str
    suspects: tuple[str, ...]


class EndpointSecurityCollected(Payload, frozen=True, kw_only=True):
    """Step 8: blocks, quarantines and detections on the host were collected; `not-applicable`: no EDR is configured."""

    spec = Spec("triage", ("device", "snapshot"))
    device: str | None
    snapshot: str
    state: Literal["found", "clear", "unknown", "not-applicable"]
    detections: tuple[str, ...] = ()


class EndpointSecurityReviewed(Payload, frozen=True, kw_only=True):
    """A person judged each detection: cause, unrelated or needs-security."""

    spec = Spec("triage", ("device", "snapshot"))
    device: str
    snapshot: str
    verdicts: dict[str, str]


class DiagnosticRecorded(Payload, frozen=True, kw_only=True):
    """A diagnostic step and its result were recorded."""

    spec = Spec("triage", ("entry",), CycleRule.ALWAYS)
    entry: str
    what: Text
    result: Text
    asset_class: str | None = None


class CauseRuledOut(Payload, frozen=True, kw_only=True):
    """A cause was ruled out, and why."""

    spec = Spec("triage", ("entry",), CycleRule.ALWAYS)
    entry: str
    cause: Text
    why: Text


FACTS: tuple[type[Payload], ...] = (
    LinkedToIncident,
    UnlinkedFromIncident,
    ParentResolved,
    ParentReopened,
    IncidentNoticeSent,
    SessionStarted,
    SessionEnded,
    ReproductionRecorded,
    DeviceChangesCollected,
    DeviceChangesReviewed,
    EndpointSecurityCollected,
    EndpointSecurityReviewed,
    DiagnosticRecorded,
    CauseRuledOut,
)
