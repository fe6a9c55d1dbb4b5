"""Step 9: searches of the client's documentation, automatic and by command, frozen as a source answered them."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import Field, StringConstraints

from desk.contract.bounds import PLAIN, Id
from desk.contract.event import Draft, Text
from desk.contract.streams.client import Client
from desk.contract.ticket.docs import documentation as f
from desk.contract.ticket.ticket import Ticket
from desk.decision import reads
from desk.decision.command import TicketBody
from desk.decision.context import DecisionContext
from desk.decision.reads import Reads
from desk.decision.refusal import Refusal
from desk_integrations.evidence.definition import Snapshot
from desk_integrations.evidence.subject import Subject
from desk_integrations.kinds.documentation import MOST_TERMS, SHORTEST_TERM, DocumentationHit

LONGEST_TITLE, LONGEST_EXCERPT, LONGEST_TERM = 500, 500, 100
SHORTEST_WORD = 3
WAITING = "waiting"
"""The reason of a request that no source has answered yet."""
WORD = re.compile(r"[^\W_](?:[\w.-]*[^\W_])?")
_COMMON = (
    "about after again all also and any are because been before but can cannot could did does doing don't down for from"
    " get gets getting got had has have her his how into its just more need needs not now off one only our out over"
    " please she should since some still than that the their them then there they this too under user very was were"
    " what when where which who why will with would you your"
)
COMMON = frozenset(_COMMON.split())
"""English words that are in most texts, so that documents found by them alone are of no use."""
Term = Annotated[str, StringConstraints(pattern=PLAIN, strip_whitespace=True, min_length=SHORTEST_TERM)]


class SearchDocs(TicketBody):
    terms: list[Annotated[Term, Field(max_length=LONGEST_TERM)]] = Field(
        min_length=1, max_length=MOST_TERMS, description="Words or phrases, any of which may match"
    )


class JudgeHit(TicketBody):
    hit: Id = Field(description="A hit of a search of this ticket, as documentation-searched names it")
    helped: bool


SEARCHING: Reads[SearchDocs, Client] = Reads(
    gather=lambda _body, found: found.state(reads.client(found.client)),
    aggregates=lambda _body, client: (reads.client(client),),
)
"""The ticket's client: its mappings say which sources know it."""


def about(ticket: Ticket) -> Subject | None:
    """The client, and the device while one is linked, with the problem as it is stated now; None without a client."""
    s = ticket.intake
    device = None if s.asset is None else s.asset.device
    return Subject(s.client, f.subject_of(s.client, device, s.problem_hash)) if s.client else None


def requested(ticket: Ticket) -> Subject | None:
    """The newest search that a person asked for, while the ticket has the same client."""
    request = ticket.docs.request
    if request is None or request.client != ticket.intake.client:
        return None
    return Subject(request.client, request.search)


def terms_of(problem: str, hostname: str | None = None) -> tuple[str, ...]:
    """The terms of an automatic search: the host name, then the words of the problem that are not common ones.

    A host name that is too short for a term is left out. A problem without such a word is one term, or none if it is
    too short for one.
    """
    words = [word for word in WORD.findall(problem) if len(word) >= SHORTEST_WORD and word.casefold() not in COMMON]
    found: dict[str, str] = {}
    name = (hostname or "").strip()
    for word in (*([name] if len(name) >= SHORTEST_TERM else ()), *words):
        found.setdefault(word.casefold(), word[:LONGEST_TERM])
    terms = tuple(found.values())[:MOST_TERMS]
    whole = problem.strip()[:LONGEST_TERM]
    return terms or ((whole,) if len(whole) >= SHORTEST_TERM else ())


def terms_of_request(query: str) -> tuple[str, ...]:
    """The terms of a request, which its fact keeps one per line."""
    return tuple(query.split("\n"))


def record_search(found: Snapshot[DocumentationHit], ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """The answer to an automatic search as a fact. Its query is the problem, whose words were searched for."""
    s = ticket.intake
    device = None if s.asset is None else s.asset.device
    data = _answer(found, s.problem, device=device, problem_hash=s.problem_hash)
    return [Draft(data=data, cycle=ticket.cycle)]


def record_requested(found: Snapshot[DocumentationHit], ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """The answer to a request as a fact."""
    request = ticket.docs.request
    if request is None:
        return []
    return [Draft(data=_answer(found, request.query, request=request.search), cycle=ticket.cycle)]


def search_docs(body: SearchDocs, ticket: Ticket, client: Client, context: DecisionContext) -> list[Draft]:
    """Ask the client's documentation for these terms. The answers follow as facts of their own."""
    sources = context.sources.configured("documentation", ticket.intake.client)
    if not sources:
        remedy = "Name an instance of kind documentation in DESK_INTEGRATIONS."
        raise Refusal("client_unmapped", "No documentation system serves the client.", remedy=remedy)
    if not client.mappings.keys() & set(sources):
        remedy = f"Map the client at {', '.join(sources)} (confirm-mapping at intake)."
        raise Refusal("client_unmapped", "The client is not mapped at its documentation system.", remedy=remedy)
    data = f.DocumentationSearched(
        search=str(context.id),
        client=ticket.intake.client,
        query="\n".join(dict.fromkeys(body.terms)),
        sources=sources,
        unknown=sources,
        request=str(context.id),
        reason=WAITING,
    )
    return [Draft(data=data, cycle=ticket.cycle)]


def judge_hit(body: JudgeHit, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Record whether a document that was found helped. A judgement is final."""
    searches = ticket.docs.searches.values()
    if not any(body.hit in search.hits and search.client == ticket.intake.client for search in searches):
        remedy = "Send a hit of documentation-searched."
        raise Refusal("invalid_field", f"hit: {body.hit!r} was not found for this ticket's client.", remedy=remedy)
    judged = ticket.docs.judged.get(body.hit)
    if judged is not None and judged != body.helped:
        remedy = "Keep the judgement; add a note if it was wrong."
        raise Refusal("invalid_field", f"hit: {body.hit!r} was judged before.", remedy=remedy)
    return [] if judged is not None else [Draft(data=f.DocumentationJudged(hit=body.hit, helped=body.helped))]


def _answer(
    found: Snapshot[DocumentationHit],
    query: Text,
    *,
    device: str | None = None,
    problem_hash: str = "",
    request: str = "",
) -> f.DocumentationSearched:
    return f.DocumentationSearched(
        search=found.id,
        client=found.subject.client,
        query=query,
        sources=(found.source,),
        hits=tuple(_hit(found.source, one) for one in found.items),
        unknown=(found.source,) if found.state == "unknown" else (),
        device=device,
        problem_hash=problem_hash,
        request=request,
        asked_at=found.asked_at,
        reason=found.reason,
        unavailable=found.unavailable,
        omitted=found.omitted,
        foreign=found.foreign,
    )


def _hit(source: str, one: DocumentationHit) -> f.Hit:
    return f.Hit(
        hit=f"{source}/{one.external}",
        source=source,
        external=one.external,
        title=one.title[:LONGEST_TITLE],
        kind=one.kind,
        url=one.url,
        excerpt=one.excerpt[:LONGEST_EXCERPT],
    )
