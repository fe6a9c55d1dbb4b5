"""Records operations events, in the transaction of what they report.

They have one sequence per store and depend on no state: the sequence is read again before it is continued, so that
several processes of a service do not conflict. There are no operations events about operations events.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID, uuid5

from desk.contract.event import Draft, Payload, type_of
from desk.eventstore.aggregate_id import aggregate_of
from desk.eventstore.envelope_factory import Causation

if TYPE_CHECKING:
    from desk.eventstore.unit_of_work.decision_runner import DecisionRunner
    from desk.eventstore.unit_of_work.unit_of_work import UnitOfWork
    from desk.eventstore.unit_of_work.work_items import WorkItem

NAMESPACE = UUID("0c6ff7a2-6d4b-5a55-9f0e-3a2b2c1b8d77")


def record_operations_event(
    work: UnitOfWork,
    runner: DecisionRunner,
    *facts: Payload,
    subject: str = "",
    chain: Causation | None = None,
    identity: UUID | None = None,
) -> None:
    """Record these facts on their own stream, on `subject` (default: the service itself). `identity` is the id of a
    fact that is recorded once.

    Does nothing for an event model without such facts, such as those of tests.
    """
    published = [fact for fact in facts if runner.language.stream_of(type_of(type(fact), runner.owner)) is not None]
    if not published:
        return
    aggregate = aggregate_of(published[0].spec.stream, subject or runner.owner)
    state = work.refresh(aggregate).state
    chain = chain or Causation(uuid5(NAMESPACE, aggregate))
    context = runner.by_itself(chain.correlation, aggregate, state)
    runner.decided(work, aggregate, [Draft(data=fact, id=identity) for fact in published], context, chain)


class RecordOperationsEvents(NamedTuple):
    """Records operations events with nothing else in the item."""

    facts: tuple[Payload, ...]
    subject: str = ""

    @property
    def aggregates(self) -> Sequence[str]:
        return ()

    @property
    def recheck_if_unchanged(self) -> bool:
        return False

    def run(self, work: UnitOfWork, runner: DecisionRunner) -> None:
        record_operations_event(work, runner, *self.facts, subject=self.subject)

    def on_failure(self, error: Exception) -> WorkItem[None] | None:
        return None
