"""Plans the questions that a fact triggers, and says which of them are still wanted. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from desk.contract.event import Event
from desk.contract.ticket.evidence import SourceAnswer
from desk.contract.ticket.ticket import Status, Ticket, status
from desk.decision.context import Policies
from desk.decision.planning import Effects, Intent
from desk_integrations.evidence.definition import EvidenceRequest, Window
from desk_integrations.evidence.subject import Question, Subject, encode
from desk_integrations.instances.document import Instance, Instances

NO_TIME = timedelta(0)
ENDED = frozenset({Status.UNKNOWN, Status.MERGED, Status.GONE, Status.RESOLVED, Status.CANCELLED, Status.CLOSED})
"""Nothing is collected for tickets in these states."""


def collects(ticket: Ticket) -> bool:
    """Whether evidence is collected for the ticket at all: it is live, here, and not ended."""
    return not ticket.intake.imported and status(ticket) not in ENDED


def intents(
    evidence: EvidenceRequest, instances: Instances, event: Event, ticket: Ticket, settle: timedelta = NO_TIME
) -> list[Intent]:
    """One call per source that has no fresh answer about the ticket's subject. The window ends later by `settle`.

    The call's id follows from the fact, evidence, subject and source: the same fact again plans nothing new.
    """
    asked = event.origin == "live" and collects(ticket) and evidence.asks(event)
    subject = evidence.subject(ticket) if asked else None
    if subject is None:
        return []
    wanted = [
        instance
        for instance in instances.of(evidence.kind, subject.client)
        if not answered(evidence, instance, subject, event.recordedtime, ticket)
    ]
    window = _window(evidence.window(ticket), settle)
    return [_intent(evidence, one, _question(one, subject, event, ticket.cycle, window)) for one in wanted]


def call_name(evidence: EvidenceRequest, instance: str) -> str:
    """The kind of the evidence's calls to an instance; stops name it or a beginning of it."""
    return f"{evidence.kind}/{instance}/{evidence.name}"


def superseded(evidence: EvidenceRequest, instance: Instance, question: Question, ticket: Ticket) -> bool:
    """Whether a question is not wanted any more: the ticket ended or moved on to another cycle, its subject changed, or
    the source has answered it."""
    if not collects(ticket) or ticket.cycle != question.cycle or evidence.subject(ticket) != question.subject:
        return True
    return answered(evidence, instance, question.subject, question.since, ticket)


def answered(evidence: EvidenceRequest, instance: Instance, subject: Subject, at: datetime, ticket: Ticket) -> bool:
    """Whether the source has said something about the subject that is fresh enough at that time."""
    answer = answer_about(evidence, instance.id, subject, ticket)
    if answer is None or not answer.conclusive or answer.asked_at is None:
        return False
    return answer.asked_at + stale_after(evidence, instance) > at


def answer_about(evidence: EvidenceRequest, source: str, subject: Subject, ticket: Ticket) -> SourceAnswer | None:
    """The newest answer of a source, where it is about this subject."""
    found = evidence.answers(ticket).get(source)
    return found if found is not None and found.subject == subject.about else None


def stale_after(evidence: EvidenceRequest, instance: Instance) -> timedelta:
    """The age from which an answer is asked for again at the next trigger."""
    return evidence.stale_after or timedelta(seconds=instance.stale_after)


def early(evidence: EvidenceRequest, question: Question, at: datetime) -> timedelta | None:
    """How long a question still waits for the end of its window at that time; None where it is asked."""
    if evidence.settle is None or question.window_to is None or question.window_to <= at:
        return None
    return question.window_to - at


def _window(window: Window | None, settle: timedelta) -> Window | None:
    return None if window is None else (window[0], window[1] + settle)


def _question(instance: Instance, subject: Subject, event: Event, cycle: int, window: Window | None) -> Question:
    window_from, window_to = window or (None, None)
    return Question(
        source=instance.id,
        client=subject.client,
        about=subject.about,
        binding=subject.binding,
        cycle=cycle,
        since=event.recordedtime,
        window_from=window_from,
        window_to=window_to,
    )


def _intent(evidence: EvidenceRequest, instance: Instance, question: Question) -> Intent:
    key = f"{question.about}|{question.binding}|{question.source}"
    return Intent(call_name(evidence, instance.id), key, question.client, encode(question))


def planner(evidence: EvidenceRequest, instances: Instances, policies: Policies) -> Effects:
    """The `Effects` of the triggers of one evidence, by the policies in force."""

    def plan(event: Event, state: object) -> list[Intent]:
        assert isinstance(state, Ticket)
        settle = NO_TIME if evidence.settle is None else evidence.settle(policies)
        return intents(evidence, instances, event, state, settle)

    return plan
