"""Reactions of docs to facts of peers and its own.

Docs does not react to observations of the PSA: triage rules on them first.
"""

from __future__ import annotations

from desk.contract.event import Draft, Event, Payload
from desk.contract.ticket.billing import facts as billing
from desk.contract.ticket.docs import client, facts
from desk.contract.ticket.docs.documentation import DocumentationSearched
from desk.contract.ticket.intake import facts as intake
from desk.contract.ticket.intake.assets import AssetLinked, AssetLinkWaived
from desk.contract.ticket.intake.conversation import ClientReplied, ReplySent, ReplyUndelivered
from desk.contract.ticket.ticket import Ticket
from desk.contract.ticket.triage import ends
from desk.contract.ticket.triage.diagnosis import IncidentNoticeSent
from desk.decision.context import DecisionContext, Reaction
from desk.decision.registrar import on, table
from desk_docs.decisions.client_summary import delivered, undelivered
from desk_docs.decisions.closure import close_from_psa
from desk_docs.decisions.obligations import meet, summary_lost, time_changed
from desk_docs.decisions.replies import reply_given, reply_judged, reply_lost, reply_owed


def _search(event: Event, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Record, once per asset or client, that no documentation system serves the client; the collector asks others."""
    if ticket.intake.imported or context.sources.configured("documentation", ticket.intake.client):
        return []
    data = DocumentationSearched(
        search=str(event.id), client=ticket.intake.client, query="", sources=(), not_applicable=True
    )
    return [Draft(data=data, cycle=ticket.cycle)]


REACTIONS: dict[type[Payload], tuple[Reaction, ...]] = table(
    on(AssetLinked, _search),
    on(AssetLinkWaived, _search),
    on(intake.ClientCorrected, _search),
    on(ClientReplied, reply_owed),
    on(ReplySent, delivered, reply_given),
    on(ReplyUndelivered, undelivered, summary_lost, reply_lost),
    on(ends.OutsideClosureNoticed, close_from_psa),
    on(ends.ReplyJudged, reply_judged),
    on(IncidentNoticeSent, meet),
    on(billing.TimeConfirmed, meet),
    on(billing.TimeLogged, time_changed),
    on(billing.TimeHeld, time_changed),
    on(billing.TimeCorrected, time_changed),
    on(billing.TimeMoved, time_changed),
    on(billing.TimeRemoved, time_changed),
    on(facts.ResolutionDocumented, meet),
    on(facts.SignedOff, meet),
    on(facts.RunbookUpdated, meet),
    on(facts.RunbookWaived, meet),
    on(client.ClientSummarySent, meet),
)
