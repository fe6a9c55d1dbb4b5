"""What was looked at to find the cause: known incidents, sessions, reproduction, changes, endpoint security."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from desk.contract.event import CycleRule, Payload, Spec, Text

SourceState = Literal["clear", "match", "unknown", "not-applicable"]


class KnownIncidentsChecked(Payload, frozen=True, kw_only=True):
    """Step 4: which sources were asked about the site and device, and what each said; the negative is recorded too."""

    spec = Spec("triage", ("check",), CycleRule.ALWAYS)
    check: str
    sources: dict[str, SourceState]
    matches: tuple[str, ...] = ()
    site: str | None = None
    device: str | None = None
    symptom: str | None = None


class LinkedToIncident(Payload, frozen=True, kw_only=True):
    """The ticket is a child of that incident."""

    spec = Spec("triage", ("incident", "revision"))
    incident: str
    relation: Literal["child", "related"]
    revision: int


class UnlinkedFromIncident(Payload, frozen=True, kw_only=True):
    """The ticket is no child of that incident after all."""

    spec = Spec("triage", ("incident", "revision"))
    incident: str
    reason: Text
    revision: int


class ParentResolved(Payload, frozen=True, kw_only=True):
    """The incident that this ticket is a child of was resolved."""

    spec = Spec("triage", ("incident", "revision"))
    incident: str
    revision: int


class SessionStarted(Payload, frozen=True, kw_only=True):
    """A remote session on the device began."""

    spec = Spec("triage", ("session",))
    session: str
    tool: str
    device: str
    with_user: bool


class SessionEnded(Payload, frozen=True, kw_only=True):
    """That remote session ended."""

    spec = Spec("triage", ("session",))
    session: str


class ReproductionRecorded(Payload, frozen=True, kw_only=True):
    """Step 6: whether the failure was seen, on the user's own profile, network and permissions or not."""

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


class DeviceChange(msgspec.Struct, frozen=True, omit_defaults=True):
    """One change that the RMM knows of."""

    at: datetime
    kind: str
    what: Text
    suspect: bool = False


class DeviceChangesCollected(Payload, frozen=True, kw_only=True):
    """Step 7: the device's changes in the window, frozen as found; what the RMM cannot tell is named."""

    spec = Spec("triage", ("device", "snapshot"))
    device: str | None
    snapshot: str
    window_from: datetime | None = None
    window_to: datetime | None = None
    changes: tuple[DeviceChange, ...] = ()
    unavailable: tuple[str, ...] = ()
    state: SourceState = "clear"


class DeviceChangesReviewed(Payload, frozen=True, kw_only=True):
    """A person judged the collected changes."""

    spec = Spec("triage", ("device", "snapshot"))
    device: str
    snapshot: str
    suspects: tuple[str, ...]


class EndpointSecurityCollected(Payload, frozen=True, kw_only=True):
    """Step 8: blocks, quarantines and detections on the host; `not-applicable` when no EDR is configured."""

    spec = Spec("triage", ("device", "snapshot"))
    device: str | None
    snapshot: str
    state: Literal["found", "clear", "unknown", "not-applicable"]
    detections: tuple[str, ...] = ()


class EndpointSecurityReviewed(Payload, frozen=True, kw_only=True):
    """A verdict per detection: cause, unrelated or needs-security."""

    spec = Spec("triage", ("device", "snapshot"))
    device: str
    snapshot: str
    verdicts: dict[str, str]


class DiagnosticRecorded(Payload, frozen=True, kw_only=True):
    """What was tried, and what came of it."""

    spec = Spec("triage", ("entry",), CycleRule.ALWAYS)
    entry: str
    what: Text
    result: Text
    asset_class: str | None = None


class CauseRuledOut(Payload, frozen=True, kw_only=True):
    """A cause that it is not, and why."""

    spec = Spec("triage", ("entry",), CycleRule.ALWAYS)
    entry: str
    cause: Text
    why: Text


FACTS: tuple[type[Payload], ...] = (
    KnownIncidentsChecked,
    LinkedToIncident,
    UnlinkedFromIncident,
    ParentResolved,
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
