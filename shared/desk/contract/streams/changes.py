"""Change requests, needed before shared infrastructure is changed. Topic `desk.changes.v1`, key = change id."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Literal

import msgspec
from msgspec.structs import replace

from desk.contract.event import Event, Payload, Spec, Stream, Text
from desk.contract.folding import on, steps

C = Stream.CHANGES
State = Literal["unknown", "requested", "approved", "rejected", "withdrawn", "implemented", "expired"]


class ChangeRequested(Payload, frozen=True, kw_only=True):
    """A change of assets of class `scope` was requested for one client; `emergency` only for P1 and P2."""

    spec = Spec("triage", (), stream=C)
    ticket: str
    client: str
    scope: str
    risk: Literal["low", "medium", "high"]
    requested_by: str
    plan: Text
    rollback: Text
    emergency: bool = False


class ChangeApproved(Payload, frozen=True, kw_only=True):
    """The change may be made inside the window; `retrospective` when it had already been made."""

    spec = Spec("triage", ("by",), stream=C)
    by: str
    window_from: datetime
    window_to: datetime
    retrospective: bool = False


class ChangeRejected(Payload, frozen=True, kw_only=True):
    """The change may not be made."""

    spec = Spec("triage", ("by",), stream=C)
    by: str
    reason: Text


class ChangeWithdrawn(Payload, frozen=True, kw_only=True):
    """The request was withdrawn."""

    spec = Spec("triage", ("by",), stream=C)
    by: str
    reason: Text


class ChangeImplemented(Payload, frozen=True, kw_only=True):
    """The change was made by the fix `evidence` of its ticket."""

    spec = Spec("triage", ("evidence",), stream=C)
    evidence: str
    by: str
    at: datetime


class ChangeExpired(Payload, frozen=True, kw_only=True):
    """The window ended without the change."""

    spec = Spec("triage", ("at",), stream=C)
    at: datetime


FACTS: tuple[type[Payload], ...] = (
    ChangeRequested,
    ChangeApproved,
    ChangeRejected,
    ChangeWithdrawn,
    ChangeImplemented,
    ChangeExpired,
)


class ChangeRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One change request and its approval."""

    state: State = "unknown"
    ticket: str = ""
    client: str = ""
    scope: str = ""
    risk: str = ""
    requested_by: str = ""
    emergency: bool = False
    approved_by: str | None = None
    window_from: datetime | None = None
    window_to: datetime | None = None
    retrospective: bool = False

    def evolve(self, event: Event) -> ChangeRequest:
        """The change request after one more fact."""
        step = EVOLVE.get(type(event.data))
        return self if step is None else step(self, event)

    def covers(self, scope: str, client: str, at: datetime) -> bool:
        """Whether it is approved (or implemented) for that asset class and client, at that instant or in retrospect."""
        if self.state not in ("approved", "implemented") or (scope, client) != (self.scope, self.client):
            return False
        if self.window_from is None or self.window_to is None:
            return False
        return self.retrospective or self.window_from <= at < self.window_to


INITIAL = ChangeRequest()
Step = Callable[[ChangeRequest, Event], ChangeRequest]


def _requested(s: ChangeRequest, e: Event[ChangeRequested]) -> ChangeRequest:
    d = e.data
    return replace(
        s,
        state="requested",
        ticket=d.ticket,
        client=d.client,
        scope=d.scope,
        risk=d.risk,
        requested_by=d.requested_by,
        emergency=d.emergency,
    )


def _approved(s: ChangeRequest, e: Event[ChangeApproved]) -> ChangeRequest:
    d = e.data
    return replace(
        s,
        state="approved",
        approved_by=d.by,
        window_from=d.window_from,
        window_to=d.window_to,
        retrospective=d.retrospective,
    )


EVOLVE: dict[type[Payload], Step] = steps(
    on(ChangeRequested, _requested),
    on(ChangeApproved, _approved),
    on(ChangeRejected, lambda s, e: replace(s, state="rejected")),
    on(ChangeWithdrawn, lambda s, e: replace(s, state="withdrawn")),
    on(ChangeImplemented, lambda s, e: replace(s, state="implemented")),
    on(ChangeExpired, lambda s, e: replace(s, state="expired")),
)
