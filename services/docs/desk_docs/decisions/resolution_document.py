"""Documents the resolution (step 15), for the next technician with the same problem."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from desk.contract.event import Draft
from desk.contract.ticket.docs import facts as f
from desk.contract.ticket.ticket import Ticket
from desk.decision.command import Body, TicketBody
from desk.decision.context import DecisionContext
from desk.decision.refusal import Refusal
from desk_docs.decisions.content_words import content

Action = Annotated[str, StringConstraints(max_length=2000)]


class Reference(Body):
    kind: str = Field(min_length=1, max_length=50)
    id: str = Field(min_length=1, max_length=500)


class DocumentResolution(TicketBody):
    root_cause: str = Field("", max_length=10_000)
    actions: tuple[Action, ...] = Field((), max_length=50, description="Exact commands or settings, one per item")
    symptom: str = Field("", max_length=100, description="Symptom code")
    references: tuple[Reference, ...] = Field((), max_length=50)
    none_found: bool = Field(False, description="True when a search found no references")


LEAST = 2
"""Content words that a root cause or an action needs."""


def document_resolution(body: DocumentResolution, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Record root cause, actions, symptom and references as the next revision."""
    short = context.policies.gate_profile.of_ticket(ticket).get("documented") == "short"
    missing = _missing(body, ticket.intake.problem, context.policies.close_codes.too_thin, short)
    if missing:
        raise Refusal("resolution_too_thin", missing=[(part, "docs", remedy) for part, remedy in missing])
    recorded = ticket.docs.documented.get(ticket.cycle)
    data = f.ResolutionDocumented(
        rev=recorded.rev + 1 if recorded else 1,
        root_cause=body.root_cause,
        actions=body.actions,
        symptom=body.symptom,
        references=tuple(f.Reference(r.kind, r.id) for r in body.references),
        attempt=ticket.triage.attempt.fix_number,
    )
    return [Draft(data=data, cycle=ticket.cycle)]


def _missing(body: DocumentResolution, problem: object, thin: list[str], short: bool) -> list[tuple[str, str]]:
    """Each required part that says too little, with its remedy. Tests content, not length."""
    stated = content(problem, thin) if isinstance(problem, str) else frozenset[str]()
    cause = content(body.root_cause, thin)
    acts = [words for action in body.actions if _says(words := content(action, thin), stated)]
    differs = any(words - cause for words in acts)
    rows = [
        ("root_cause", short or _says(cause, stated), "state root_cause: what was wrong, beyond the problem itself"),
        ("actions", bool(acts), "state in actions the exact commands or settings"),
        ("actions", short or not acts or differs, "state in actions what was done, not the root cause again"),
        ("symptom", bool(body.symptom), "state the symptom code in symptom"),
        ("references", short or bool(body.references) or body.none_found, "list references, or set none_found"),
    ]
    return [(part, remedy) for part, met, remedy in rows if not met]


def _says(words: frozenset[str], stated: frozenset[str]) -> bool:
    """Whether a text has enough content words, and not only those of the problem statement."""
    return len(words) >= LEAST and bool(words - stated)
