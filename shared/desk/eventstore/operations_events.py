"""What a service tells about its own running: facts of operations, in the transaction of what they tell about.

They are numbered in one sequence per store, and decided on no state: the sequence is read again before it is continued,
so that several processes of a service do not run into each other. Facts about facts of operations are never made.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID, uuid5

from desk.contract.event import Draft, Payload, Stream, type_of
from desk.contract.streams.operations import FactParked, FactSkipped, FactUnparked
from desk.eventstore.aggregate_id import aggregate_of, split
from desk.eventstore.envelope_factory import Causation
from desk.inbox.incoming import Cause, Incoming

if TYPE_CHECKING:
    from desk.eventstore.unit_of_work.decision_runner import DecisionRunner
    from desk.eventstore.unit_of_work.unit_of_work import UnitOfWork
    from desk.eventstore.unit_of_work.work_items import WorkItem

NAMESPACE = UUID("0c6ff7a2-6d4b-5a55-9f0e-3a2b2c1b8d77")
HARMLESS = frozenset({"gap", "divergence", "chain", "drift", "handler"})
"""Causes whose detail the desk itself writes; the others' may quote what came."""
LONGEST = 300


def record_operations_event(
    work: UnitOfWork,
    runner: DecisionRunner,
    *facts: Payload,
    subject: str = "",
    chain: Causation | None = None,
    identity: UUID | None = None,
) -> None:
    """Record these facts on their own stream, on `subject` (the service itself when there is none). `identity` is the
    id of a fact that is recorded once.

    A language without such facts records nothing: the tests' languages, for example.
    """
    known = [fact for fact in facts if runner.language.stream_of(type_of(type(fact), runner.owner)) is not None]
    if not known:
        return
    aggregate = aggregate_of(known[0].spec.stream, subject or runner.owner)
    state = work.refresh(aggregate).state
    chain = chain or Causation(uuid5(NAMESPACE, aggregate))
    context = runner.by_itself(chain.correlation, aggregate, state)
    runner.decided(work, aggregate, [Draft(data=fact, id=identity) for fact in known], context, chain)


class RecordOperationsEvents(NamedTuple):
    """Facts that stand alone: nothing else is recorded with them."""

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

    def on_failure(self, error: Exception) -> WorkItem | None:
        return None


def parked(work: UnitOfWork, runner: DecisionRunner, found: Incoming, cause: Cause, detail: str) -> None:
    """A record waits for a cause of its own."""
    if _tellable(found):
        aggregate = _plain(found.aggregate) if found.event is not None else None
        shown = _plain(detail) if cause in HARMLESS else ""
        fact = FactParked(place=place(found), cause=cause, event=_id(found), aggregate=aggregate, detail=shown)
        record_operations_event(work, runner, fact)


def unparked(work: UnitOfWork, runner: DecisionRunner, found: Incoming) -> None:
    """It was handled after all."""
    if _tellable(found):
        record_operations_event(work, runner, FactUnparked(place=place(found), event=_id(found)))


def skipped(work: UnitOfWork, runner: DecisionRunner, found: Incoming, by: str, reason: str) -> None:
    """A person gave it up."""
    if _tellable(found):
        record_operations_event(work, runner, FactSkipped(place=place(found), by=by, reason=reason, event=_id(found)))


def place(found: Incoming) -> str:
    """Names a record: its fact's place in the owner's order, else its topic and a hash of its bytes."""
    if found.event is not None:
        return _plain(f"{found.aggregate}/{found.event.owner}/{found.event.ownerseq}")
    key = found.record.key
    name = key if isinstance(key, bytes) else (key or "").encode(errors="replace")
    return f"{_plain(found.record.topic)}/{uuid5(NAMESPACE, (name + b'|' + found.raw).hex())}"


def _tellable(found: Incoming) -> bool:
    return split(found.aggregate)[0] is not Stream.OPS


def _id(found: Incoming) -> UUID | None:
    return found.event.id if found.event is not None else None


def _plain(text: str) -> str:
    return "".join(char if char.isascii() and char.isprintable() else "?" for char in text[:LONGEST])
