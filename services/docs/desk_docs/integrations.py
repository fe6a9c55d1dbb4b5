"""Docs' dealings with vendors: the evidence that it collects by itself, one row per kind of search."""

from __future__ import annotations

from desk.contract.event import Event
from desk.contract.ticket.docs.documentation import DocumentationSearched
from desk.contract.ticket.intake import facts as intake
from desk.contract.ticket.intake.assets import AssetLinked, AssetLinkWaived
from desk.contract.ticket.intake.psa_record import PsaBack
from desk.contract.ticket.ticket import Ticket
from desk.contract.ticket.triage import ends
from desk_docs.decisions.documentation import (
    about,
    record_requested,
    record_search,
    requested,
    terms_of,
    terms_of_request,
)
from desk_integrations.evidence.collector import Table, collected
from desk_integrations.evidence.definition import Evidence, Lookup
from desk_integrations.evidence.subject import Question
from desk_integrations.instances.document import load
from desk_integrations.kinds.documentation import Documentation, DocumentationHit, DocumentationHits, SearchTerms
from desk_integrations.outcomes import Empty, Outcome


async def _search(
    source: Documentation, question: Question, ticket: Ticket, lookup: Lookup
) -> Outcome[DocumentationHits]:
    problem, hostname = lookup.readable(ticket.intake.problem), lookup.readable(ticket.intake.reported_hostname)
    terms = terms_of(problem or "", hostname)
    return await source.search(question.client, SearchTerms(terms)) if terms else Empty()


async def _requested(
    source: Documentation, question: Question, ticket: Ticket, lookup: Lookup
) -> Outcome[DocumentationHits]:
    query = None if ticket.docs.request is None else lookup.readable(ticket.docs.request.query)
    return await source.search(question.client, SearchTerms(terms_of_request(query))) if query else Empty()


def _is_request(event: Event) -> bool:
    data = event.data
    return isinstance(data, DocumentationSearched) and bool(data.request) and data.asked_at is None


def _hits(found: DocumentationHits) -> tuple[DocumentationHit, ...]:
    return found.hits


def _never_reported(source: Documentation) -> tuple[str, ...]:
    return source.capabilities.unavailable


EVIDENCE: Table = (
    Evidence(
        name="documentation",
        kind="documentation",
        triggers=(
            AssetLinked,
            AssetLinkWaived,
            intake.ClientCorrected,
            intake.ProblemRestated,
            intake.TicketAdopted,
            intake.Unmerged,
            PsaBack,
            ends.Reopened,
        ),
        subject=about,
        answers=lambda ticket: ticket.docs.search_sources,
        ask=_search,
        items=_hits,
        record=record_search,
        never_reported=_never_reported,
    ),
    Evidence(
        name="requested-search",
        kind="documentation",
        triggers=(DocumentationSearched,),
        asks=_is_request,
        subject=requested,
        answers=lambda ticket: ticket.docs.request_sources,
        ask=_requested,
        items=_hits,
        record=record_requested,
        never_reported=_never_reported,
    ),
)
INTEGRATIONS = collected("docs", EVIDENCE, lambda settings: load(settings.integrations))
