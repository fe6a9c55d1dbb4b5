"""The outbound calls that ask one instance for one evidence, on the ledger: planned, sent, then done or unknown."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import uuid5

from desk.contract.event import Draft
from desk.contract.ticket.ticket import Ticket
from desk.decision.context import DecisionContext
from desk.decision.planning import OutboundCall, Outcome
from desk.outbox.ledger import RecordOutcome
from desk.outbox.outbound_call_kind import OutboundCallKind
from desk.outbox.settlement import Settlement
from desk_integrations.evidence.definition import AnyEvidence, Found, KeyMissing, Lookup
from desk_integrations.evidence.planning import call_name, early, superseded
from desk_integrations.evidence.recording import KEY_MISSING, Answer, Circumstances, reason_of, recorded
from desk_integrations.evidence.subject import decode
from desk_integrations.guard import unknown
from desk_integrations.instances.document import Instance
from desk_integrations.outcomes import NotMapped, Unknown

MARGIN = 5.0
"""Seconds between the deadline of a question, at which it is recorded as unknown, and the time-out of its call."""
EARLY = "the window has not ended"
"""The detail of a call that waits for the end of its window."""
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)
"""Pauses between questions to a source that does not answer; they double until the ticket is resolved."""


UNMAPPED_PAUSE = timedelta(minutes=5)
"""The longest pause while only a mapping is missing: no vendor is called to find out whether it is there."""


class EvidenceCalls:
    """The calls of one evidence to one instance. `port`, `lookup` and `now` are there once the service is composed.
    `name` names their `kind`: each source has a kind of its own, so that none waits for another. A question has
    `deadline` seconds.

    A call that may have been made is made again: it only reads.
    """

    def __init__(
        self,
        evidence: AnyEvidence,
        instance: Instance,
        port: Callable[[], object],
        lookup: Lookup,
        now: Callable[[], datetime],
    ) -> None:
        self._evidence, self._instance = evidence, instance
        self._port, self._lookup, self._now = port, lookup, now
        self.name = call_name(evidence, instance.id)
        self.deadline = evidence.deadline or instance.deadline
        self.kind = OutboundCallKind(
            name=self.name,
            vendor=self._instance.id,
            call=self._call,
            stale=self._stale,
            repeatable=True,
            facts=self._facts,
            timeout=self.deadline + MARGIN,
            first_pause=FIRST_PAUSE,
            longest_pause=LONGEST_PAUSE,
        )

    def early(self, planned: OutboundCall, at: datetime) -> bool:
        """Whether the question waits for the end of its window at that time."""
        return early(self._evidence, decode(planned.data), at) is not None

    def unanswered(self, planned: OutboundCall, reason: str) -> RecordOutcome:
        """The record of a question that is not asked for the time being. The call stays open."""
        answer: Answer[Found] = Answer(self._now(), Unknown("fault"), problem=reason)
        outcome = Outcome("unknown", detail=reason, result=answer)
        return RecordOutcome(planned, Settlement("unknown", reason), outcome, self.kind)

    async def _call(self, planned: OutboundCall, ticket: Ticket) -> Outcome:
        if (remaining := early(self._evidence, decode(planned.data), self._now())) is not None:
            return Outcome("retry", detail=EARLY, after=remaining)
        answer = await self._ask(planned, ticket)
        reason = reason_of(self._evidence, answer)
        if not reason:
            return Outcome("done", result=answer)
        return Outcome("unknown", detail=reason, after=self._pause(planned, answer), result=answer)

    async def _ask(self, planned: OutboundCall, ticket: Ticket) -> Answer[Found]:
        question, port, asked_at = decode(planned.data), self._port(), self._now()
        never = self._evidence.never_reported(port)
        try:
            async with asyncio.timeout(self.deadline):
                return Answer(asked_at, await self._evidence.ask(port, question, ticket, self._lookup), never)
        except KeyMissing:
            return Answer(asked_at, Unknown("fault"), never, KEY_MISSING)
        except Exception as error:
            return Answer(asked_at, unknown(error), never)

    def _pause(self, planned: OutboundCall, answer: Answer[Found]) -> timedelta:
        """The longer one of the growing pause and the time for which the source wants to be left alone."""
        after = getattr(answer.outcome, "retry_after", None) or 0.0
        longest = UNMAPPED_PAUSE if isinstance(answer.outcome, NotMapped) else LONGEST_PAUSE
        return max(min(longest, self.kind.pause(planned.pauses)), timedelta(seconds=after))

    def _stale(self, planned: OutboundCall, ticket: Ticket) -> bool:
        return superseded(self._evidence, self._instance, decode(planned.data), ticket)

    def _facts(self, planned: OutboundCall, outcome: Outcome, ticket: Ticket, context: DecisionContext) -> list[Draft]:
        """The answer as facts. A call that ended without one was interrupted by an error of ours."""
        if outcome.what not in ("done", "unknown"):
            return []
        answer = outcome.result
        if not isinstance(answer, Answer):
            answer = Answer(context.now, Unknown("fault"))
        about = Circumstances(
            decode(planned.data), str(uuid5(context.id, "snapshot")), planned.aggregate, planned.cause
        )
        return recorded(self._evidence, self._instance, answer, about, ticket, context)
