"""From a source's outcome to a snapshot, and to the facts that record it. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Generic, NamedTuple
from uuid import UUID

from desk.contract.event import Draft
from desk.contract.ticket.ticket import Ticket
from desk.decision.context import DecisionContext
from desk_integrations.evidence.definition import Evidence, P, Snapshot, T, V, Window
from desk_integrations.evidence.planning import answer_about, superseded
from desk_integrations.evidence.subject import Question
from desk_integrations.instances.document import Instance
from desk_integrations.outcomes import Empty, NotConfigured, NotMapped, Outcome, Unknown, parts

MOST_ITEMS = 200
KEY_MISSING = "key-missing"
"""The reason of an unknown answer where a text that the question needs cannot be read."""


class Answer(NamedTuple, Generic[V]):
    """The outcome of one question. `never_reported`: parts that the source cannot tell at all."""

    asked_at: datetime
    outcome: Outcome[V]
    never_reported: tuple[str, ...] = ()
    problem: str = ""


class Circumstances(NamedTuple):
    """The question of an answer, the id of its snapshot, the ticket, and the id of the fact that asked."""

    question: Question
    snapshot: str
    ticket: str
    cause: UUID


def recorded(
    evidence: Evidence[P, V, T],
    instance: Instance,
    answer: Answer[V],
    about: Circumstances,
    ticket: Ticket,
    context: DecisionContext,
) -> list[Draft]:
    """The facts of an answer. None for one that is not wanted any more, nor for one that repeats why it is unknown."""
    question = about.question
    if superseded(evidence, instance, question, ticket):
        return []
    found = snapshot(evidence, answer, about)
    before = answer_about(evidence, question.source, question.subject, ticket)
    if found.state == "unknown" and before is not None and (before.state, before.reason) == ("unknown", found.reason):
        return []
    return evidence.record(found, ticket, context)


def snapshot(evidence: Evidence[P, V, T], answer: Answer[V], about: Circumstances) -> Snapshot[T]:
    """The answer frozen as found, with a bounded number of items."""
    question, value, reason = about.question, value_of(answer), reason_of(evidence, answer)
    items = evidence.items(value) if value is not None else ()
    missing = parts(value.missing) if value is not None else ()
    return Snapshot(
        id=about.snapshot,
        source=question.source,
        subject=question.subject,
        asked_at=answer.asked_at,
        window=_window(question),
        state="unknown" if reason else "match" if items else "clear",
        reason=reason,
        items=items[:MOST_ITEMS],
        omitted=max(0, len(items) - MOST_ITEMS),
        unavailable=tuple(dict.fromkeys((*answer.never_reported, *missing))),
        foreign=getattr(value, "foreign", 0),
        ticket=about.ticket,
        cause=about.cause,
    )


def value_of(answer: Answer[V]) -> V | None:
    """The value of an outcome; None for the outcomes that have none."""
    outcome = answer.outcome
    return None if isinstance(outcome, Empty | Unknown | NotConfigured | NotMapped) else outcome


def reason_of(evidence: Evidence[P, V, T], answer: Answer[V]) -> str:
    """The code of why an answer says nothing; empty where it says something.

    A value without items that lacks a part says nothing: the missing part may have had some.
    """
    outcome, value = answer.outcome, value_of(answer)
    if value is not None and value.missing and not evidence.items(value):
        return str(value.missing[0].reason)
    if answer.problem:
        return answer.problem
    if isinstance(outcome, Unknown):
        return outcome.reason
    if isinstance(outcome, NotConfigured):
        return "not-configured"
    if isinstance(outcome, NotMapped):
        return f"{outcome.what}-{'not-mapped' if outcome.problem == 'missing' else outcome.problem}"
    return ""


def _window(question: Question) -> Window | None:
    if question.window_from is None or question.window_to is None:
        return None
    return question.window_from, question.window_to
