"""Reactions of triage to facts of peers and its own."""

from __future__ import annotations

from desk.contract.event import Draft, Event, Payload
from desk.contract.streams.incident import Incident
from desk.contract.streams.incidents import IncidentReopened, IncidentResolved, MassNoticeSent
from desk.contract.ticket.intake import facts as intake
from desk.contract.ticket.intake import psa
from desk.contract.ticket.intake.assets import AssetLinked, AssetLinkWaived
from desk.contract.ticket.intake.caller import CallerHoldCleared, CallerReplaced
from desk.contract.ticket.intake.conversation import ClientReplied
from desk.contract.ticket.intake.psa_record import PsaGone
from desk.contract.ticket.sla import facts as sla
from desk.contract.ticket.ticket import Ticket
from desk.contract.ticket.triage import diagnosis as dx
from desk.contract.ticket.triage import dispatch as d
from desk.contract.ticket.triage import ends as en
from desk.contract.ticket.triage import escalation as es
from desk.contract.ticket.triage import fix as fx
from desk.decision.context import DecisionContext, Reaction
from desk.decision.registrar import Registrar, on, table
from desk_triage.decisions.dispatch import place_by_default
from desk_triage.decisions.evidence.known_incidents import without_sources
from desk_triage.decisions.evidence.monitoring import without_monitor, without_monitor_anew
from desk_triage.decisions.incidents.children import (
    come_back,
    notify_of_reopening,
    notify_of_resolution,
    resolve_child,
    verify_by_sample,
    wait_again,
)
from desk_triage.decisions.incidents.notice import notify_of_notice
from desk_triage.decisions.paging.page_chain import level_failed, page_at_risk, withdraw_at_end
from desk_triage.decisions.psa_ruling import rule_after_hold, rule_mapped, rule_observation


def _asset_linked(event: Event, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Record sources that are not configured as not applicable, once the asset or its absence is recorded.

    The collector asks those that are.
    """
    if ticket.intake.imported or ticket.triage.end is not None:
        return []
    device = ticket.intake.asset.device if ticket.intake.asset else None
    snapshot = str(event.id)
    return [
        *without_sources(event, ticket, context),
        *_without_rmm(snapshot, device, ticket.intake.client, context),
        _without_edr(snapshot, device),
        *without_monitor_anew(event, ticket, context),
    ]


def _without_rmm(snapshot: str, device: str | None, client: str, context: DecisionContext) -> list[Draft]:
    """Record why no RMM is asked for the device's changes; nothing where one is."""
    if device is not None and context.sources.configured("rmm", client):
        return []
    reason = "no-asset" if device is None else "not-configured"
    data = dx.DeviceChangesCollected(device=device, snapshot=snapshot, state="not-applicable", reason=reason)
    return [Draft(data=data)]


def _without_edr(snapshot: str, device: str | None) -> Draft:
    return Draft(data=dx.EndpointSecurityCollected(device=device, snapshot=snapshot, state="not-applicable"))


def _new_cycle(event: Event, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Repeat the check for known incidents, which belongs to one cycle, and what is about another device than the one
    that is linked now: it was linked or waived after the end, when nothing is collected."""
    if ticket.intake.imported or (ticket.intake.asset is None and ticket.intake.asset_waived is None):
        return []
    return [*without_sources(event, ticket, context), *_about_device(event, ticket, context)]


def _about_device(event: Event, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Record evidence on the device as not applicable where the ticket has none about the device linked now."""
    device = ticket.intake.asset.device if ticket.intake.asset else None
    snapshot, changes, security = str(event.id), ticket.triage.changes, ticket.triage.security
    drafts = []
    if changes is None or changes.subject != device:
        drafts += _without_rmm(snapshot, device, ticket.intake.client, context)
    if security is None or security.subject != device:
        drafts.append(_without_edr(snapshot, device))
    return drafts


def _replied(event: Event[ClientReplied], ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """End waits on the client after their answer; an auto-reply is no answer."""
    if event.data.auto:
        return []
    waits = (wait for wait, w in ticket.triage.waits.items() if w.on == "client")
    return [Draft(data=d.WaitingEnded(wait=wait), time=event.time) for wait in waits]


INCIDENTS: Registrar[Incident] = Registrar()
REACTIONS: dict[type[Payload], tuple[Reaction, ...]] = table(
    on(intake.TicketOpened, place_by_default),
    on(psa.PsaObserved, rule_observation),
    on(psa.PsaStatusMapped, rule_mapped),
    on(CallerHoldCleared, rule_after_hold),
    on(CallerReplaced, rule_after_hold),
    on(AssetLinked, _asset_linked),
    on(AssetLinkWaived, _asset_linked),
    on(ClientReplied, _replied),
    on(en.Reopened, _new_cycle, wait_again),
    on(fx.FixApplied, without_monitor),
    INCIDENTS.react(IncidentResolved, notify_of_resolution),
    INCIDENTS.react(MassNoticeSent, notify_of_notice),
    INCIDENTS.react(IncidentReopened, notify_of_reopening),
    on(dx.ParentResolved, verify_by_sample),
    on(dx.ParentReopened, come_back),
    on(fx.FixVerified, resolve_child),
    on(fx.VerificationWaived, resolve_child),
    on(sla.ThresholdReached, page_at_risk),
    on(d.PriorityAssessed, page_at_risk),
    on(d.PriorityOverridden, page_at_risk),
    on(es.PageFailed, level_failed),
    on(en.Resolved, withdraw_at_end),
    on(en.Cancelled, withdraw_at_end),
    on(intake.MergedInto, withdraw_at_end),
    on(PsaGone, withdraw_at_end),
)
