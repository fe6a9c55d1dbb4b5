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


def document_resolution(body: DocumentResolution, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Record root cause, actions, symptom and references as the next revision."""
    short = context.policies.gate_profile.of(ticket.intake.kind).get("documented") == "short"
    thin = frozenset(context.policies.close_codes.too_thin)
    missing = [part for part, ok in _parts(body, thin, short) if not ok]
    if missing:
        rows = [(part, "docs", f"state {part} in document-resolution") for part in missing]
        raise Refusal("resolution_too_thin", missing=rows)
    recorded = ticket.docs.documented.get(ticket.cycle)
    data = f.ResolutionDocumented(
        rev=recorded.rev + 1 if recorded else 1,
        root_cause=body.root_cause,
        actions=body.actions,
        symptom=body.symptom,
        references=tuple(f.Reference(r.kind, r.id) for r in body.references),
    )
    return [Draft(data=data, cycle=ticket.cycle)]


def _parts(body: DocumentResolution, thin: frozenset[str], short: bool) -> tuple[tuple[str, bool], ...]:
    """Each required part, and whether it has content. Tests structure, not length."""
    acted = any(_says(action, thin) for action in body.actions)
    if short:
        return (("symptom", bool(body.symptom)), ("actions", acted))
    return (
        ("root_cause", _says(body.root_cause, thin)),
        ("actions", acted),
        ("symptom", bool(body.symptom)),
        ("references", bool(body.references) or body.none_found),
    )


def _says(text: str, thin: frozenset[str]) -> bool:
    words = text.strip().strip(".!").lower()
    return bool(words) and words not in thin
