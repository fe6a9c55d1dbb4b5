"""Checks that a person makes where the desk has nothing to ask: known incidents (step 4), monitoring (step 14)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from desk.contract.bounds import Code, Id
from desk.contract.event import Draft
from desk.contract.ticket.ticket import Ticket
from desk.contract.ticket.triage import fix as fx
from desk.contract.ticket.triage.attempt import Attempt
from desk.contract.ticket.triage.known_incidents import KnownIncidentsChecked
from desk.decision.command import TicketBody
from desk.decision.context import DecisionContext
from desk.decision.refusal import Refusal

NO_ANSWER = "no-answer"
"""Reason of an unknown result: a person looked at the source, which gave no answer."""


class CheckIncidents(TicketBody):
    source: Code = Field(description="Where you looked: a status page, a monitor", examples=["carrier-status-page"])
    result: Literal["clear", "match", "unknown"]
    matches: tuple[Id, ...] = Field(
        (), max_length=100, description="With `match`: the source's ids of the open incidents", examples=[["INC-7781"]]
    )


class CheckMonitoring(TicketBody):
    source: Code = Field(description="The monitor that you looked at", examples=["carrier-monitor"])
    result: Literal["clear", "alert", "unknown"]
    alert: Id | None = Field(None, description="With `alert`: the monitor's id of the alert that is open")
    what: str = Field("", max_length=500, description="With `alert`: what the monitor says of it")


def check_incidents(body: CheckIncidents, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Record what a person read about the linked device, or about the client where the link was waived.

    Each check is an act of its own: the same answer later is recorded again.
    """
    asset = ticket.intake.asset
    if asset is None and ticket.intake.asset_waived is None:
        raise Refusal("asset_missing")
    _ensure_not_collected(body.source, ("monitoring", "status"), ticket, context)
    if (body.result == "match") != bool(body.matches):
        raise Refusal("invalid_field", "matches: name open incidents with the result match, and only with it.")
    data = KnownIncidentsChecked(
        check=str(context.id),
        sources={body.source: body.result},
        matches=body.matches,
        device=asset.device if asset else None,
        asked_at=context.now,
        reason=NO_ANSWER if body.result == "unknown" else "",
    )
    return [Draft(data=data, cycle=ticket.cycle)]


def check_monitoring(body: CheckMonitoring, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Record what a monitor says of the linked device after the fix.

    An open alert counts at once and leads back to diagnosis; that there is none counts when the settle time is over.
    """
    asset, attempt = ticket.intake.asset, ticket.triage.attempt
    if attempt.applied is None or attempt.failed:
        raise Refusal("nothing_to_verify")
    if asset is None:
        raise Refusal("asset_missing", "Monitoring is checked for the linked device.")
    _ensure_not_collected(body.source, ("monitoring",), ticket, context)
    if (body.result == "alert") != bool(body.alert and body.what):
        raise Refusal("invalid_field", "alert: name the open alert and what it says with the result alert, only.")
    if body.result == "alert":
        alert = fx.MonitoringRegressed(alert=str(body.alert), active_at=context.now, source=body.source, what=body.what)
        return [Draft(data=alert, cycle=ticket.cycle, attempt=attempt.number)]
    _ensure_settle_time_over(attempt, context)
    checked = fx.MonitoringChecked(
        state="clear" if body.result == "clear" else "unknown",
        window_to=context.now,
        devices=(asset.device,),
        unknown=(body.source,) if body.result == "unknown" else (),
        source=body.source,
        reason=NO_ANSWER if body.result == "unknown" else "",
    )
    return [Draft(data=checked, cycle=ticket.cycle, attempt=attempt.number)]


def _ensure_not_collected(source: str, kinds: tuple[str, ...], ticket: Ticket, context: DecisionContext) -> None:
    """A person does not answer for a source that the desk asks: its own answer, or its silence, stands."""
    if any(source in context.sources.configured(kind, ticket.intake.client) for kind in kinds):
        remedy = "Name the place where you looked, such as the vendor's portal."
        raise Refusal("invalid_field", f"source: {source!r} is asked by the desk itself.", remedy=remedy)


def _ensure_settle_time_over(attempt: Attempt, context: DecisionContext) -> None:
    if attempt.applied_at is None:
        return
    until = attempt.applied_at + context.policies.monitoring_window.settle
    if context.now < until:
        raise Refusal("window_open", f"The settle time ends at {until.isoformat()}.", until=until.isoformat())
