"""Hands the ticket over to Tier 2 with everything that was tried, and back (steps 10 and 11)."""

from __future__ import annotations

from pydantic import Field

from desk.contract.bounds import Code
from desk.contract.event import Draft, Text
from desk.contract.ticket.ticket import Ticket
from desk.contract.ticket.triage import escalation as es
from desk.decision.command import TicketBody
from desk.decision.context import DecisionContext
from desk.decision.policies.triage import Tier
from desk.decision.refusal import Refusal
from desk.decision.repeats import content_hash, repeated
from desk_triage.decisions.dispatch import place

LISTED = 100
"""The newest diagnostic steps and ruled-out causes that a hand-over lists; all are in the ticket's timeline."""


class Escalate(TicketBody):
    to: Code | None = Field(None, description="Queue of Tier 2. Default: the first one of policy routing")
    symptom: str = Field("", max_length=2000, description="Default: the problem statement")
    steps: str = Field("", max_length=10_000, description="Default: the steps of the recorded reproduction")
    none_ruled_out: str = Field(
        "", max_length=2000, description="Reason why no cause was ruled out; required if none was"
    )


class ReturnEscalation(TicketBody):
    reason: str = Field("", max_length=2000, description="What is missing, or why Tier 1 can go on")
    to: Code | None = Field(None, description="Queue of Tier 1. Default: the default queue of policy routing")


def escalate(body: Escalate, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Hand the ticket over to a queue of Tier 2. While it is handed over and in that queue, records nothing."""
    s = ticket.triage
    if s.escalation == "open" and s.queue in _queues("tier2", context) and body.to in (None, s.queue):
        if not (body.symptom or body.steps or body.none_ruled_out):
            return []
        return repeated(es.Escalated, ticket.cycle, s.escalations, body=body, texts=s.texts, context=context)
    queue = _queue("tier2", body.to, context)
    symptom = body.symptom or ticket.intake.problem
    steps = body.steps or s.reproduction_steps
    ruled_out = s.ruled_out[-LISTED:] or _reason(body.none_ruled_out)
    if not (symptom and steps and s.diagnostics and ruled_out):
        raise Refusal("handover_incomplete", missing=_missing(symptom, steps, s.diagnostics, ruled_out))
    data = es.Escalated(
        number=s.escalations + 1,
        to=queue,
        symptom=symptom,
        steps=steps,
        diagnostics=s.diagnostics[-LISTED:],
        ruled_out=ruled_out,
        text_hash=content_hash(body, context),
    )
    return [Draft(data=data, cycle=ticket.cycle), *place(queue, "tier2", ticket)]


def _reason(none_ruled_out: str) -> tuple[Text, ...]:
    return (f"none, because {none_ruled_out}",) if none_ruled_out else ()


def _missing(
    symptom: Text, steps: Text | None, diagnostics: tuple[str, ...], ruled_out: tuple[Text, ...]
) -> list[tuple[str, str, str]]:
    """The parts that the hand-over lacks, each with its owner and remedy."""
    parts: tuple[tuple[str, object, str], ...] = (
        ("symptom", symptom, "state the symptom in escalate, or restate the problem (restate-problem)"),
        ("steps", steps, "record the reproduction (record-reproduction), or state the steps in escalate"),
        ("diagnostics", diagnostics, "record what was tried (record-diagnostic)"),
        ("ruled_out", ruled_out, "record ruled-out causes (rule-out), or state none_ruled_out in escalate"),
    )
    return [(name, "triage", remedy) for name, found, remedy in parts if not found]


def return_escalation(body: ReturnEscalation, ticket: Ticket, context: DecisionContext) -> list[Draft]:
    """Return the ticket to a queue of Tier 1, with the reason. A ticket that was returned records nothing."""
    s = ticket.triage
    if s.escalation == "returned":
        return repeated(es.EscalationReturned, ticket.cycle, s.escalations, body=body, texts=s.texts, context=context)
    if s.escalation == "none":
        raise Refusal("not_escalated")
    if not body.reason:
        raise Refusal("reason_missing")
    queue = _queue("tier1", body.to, context)
    said = content_hash(body, context)
    data = es.EscalationReturned(number=s.escalations, reason=body.reason, text_hash=said)
    return [Draft(data=data, cycle=ticket.cycle), *place(queue, "tier1", ticket)]


def _queues(tier: Tier, context: DecisionContext) -> list[str]:
    return [name for name, queue in context.policies.routing.queues.items() if queue.tier == tier]


def _queue(tier: Tier, asked: str | None, context: DecisionContext) -> str:
    """The queue asked for, or the tier's own; refused unless it belongs to the tier."""
    routing, queues = context.policies.routing, _queues(tier, context)
    if not queues:
        remedy = f"Publish policy routing with a queue of {tier}."
        raise Refusal("invalid_field", f"to: policy routing has no queue of {tier}.", remedy=remedy)
    if asked is not None and asked not in queues:
        raise Refusal("invalid_field", f"to: {asked!r} is no queue of {tier}; choose one of {', '.join(queues)}.")
    return asked or (routing.default_queue if routing.default_queue in queues else queues[0])
