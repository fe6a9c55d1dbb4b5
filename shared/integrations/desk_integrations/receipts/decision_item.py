"""Work item of an integration: one decision without a command, recorded with the receipts that it answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID, uuid5

from desk.contract.event import Draft, Event, Stream, reaction_id
from desk.eventstore.aggregate_id import aggregate_of
from desk.eventstore.envelope_factory import Causation
from desk.eventstore.table_writer import Row, TableWriter
from desk.eventstore.unit_of_work.decision_runner import DecisionRunner
from desk.eventstore.unit_of_work.unit_of_work import UnitOfWork
from desk.eventstore.unit_of_work.work_items import Decide as Decision
from desk.eventstore.unit_of_work.work_items import WorkItem

NAMESPACE = UUID("c8f1b9be-3a54-5a0f-8d7c-51f2a7f0f4d2")


def decision_id(*parts: str) -> UUID:
    """The id of a decision without a command, derived from its subject: all processes and machines agree on it."""
    return uuid5(NAMESPACE, "\0".join(parts))


class Decide(NamedTuple):
    """Decides on one aggregate. The same `identity` again records nothing new.

    `writes` are rows that belong to the decision, such as the receipts that it answers; they are written also when no
    fact results.
    """

    stream: Stream
    subject: str
    identity: UUID
    decide: Decision
    writes: tuple[tuple[TableWriter, Row], ...] = ()
    traceparent: str = ""

    @property
    def aggregates(self) -> Sequence[str]:
        return (aggregate_of(self.stream, self.subject),)

    @property
    def recheck_if_unchanged(self) -> bool:
        return True

    def run(self, work: UnitOfWork, runner: DecisionRunner) -> list[Event]:
        aggregate = self.aggregates[0]
        state = work.replica(aggregate).state
        context = runner.by_itself(self.identity, aggregate, state)
        drafts = self._new(work, self.decide(state, context))
        for writer, row in self.writes:
            work.write(writer, row)
        chain = Causation(self.identity, traceparent=self.traceparent, stable=True)
        return runner.decided(work, aggregate, drafts, context, chain) if drafts else []

    def on_failure(self, error: Exception) -> WorkItem[list[Event]] | None:
        return None

    def _new(self, work: UnitOfWork, drafts: list[Draft]) -> list[Draft]:
        """Drafts without those recorded when this decision was made before: these hold, whatever happened since."""
        ids = [draft.id or reaction_id(self.identity, draft) for draft in drafts]
        recorded = work.read(lambda reads: reads.places(ids)) if ids else {}
        return [draft for draft, identity in zip(drafts, ids, strict=True) if identity not in recorded]
