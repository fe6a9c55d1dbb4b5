"""Applies the next record of an aggregate, unless it is a duplicate, a gap, a divergence or fails."""

from __future__ import annotations

from typing import NamedTuple

from desk.clock import ClockDrift
from desk.contract.event import Event
from desk.eventstore.aggregate_replica import StreamHead, digest
from desk.eventstore.connections.error_classification import raise_if_unavailable
from desk.eventstore.errors import error_location
from desk.eventstore.unit_of_work.decision_runner import DecisionRunner
from desk.eventstore.unit_of_work.unit_of_work import UnitOfWork
from desk.inbox.inbox_result import InboxResult
from desk.inbox.record_validation import Cause, Incoming
from desk.signing.signature import signature_in

TRIES = 3


class Rejection(NamedTuple):
    """The reason why a record cannot be applied now."""

    cause: Cause
    detail: str = ""


def apply_next(work: UnitOfWork, runner: DecisionRunner, found: Incoming, result: InboxResult) -> Rejection | None:
    """Apply one record with the reactions to it, or return why not, having changed nothing."""
    event = found.event
    if event is None:
        return Rejection(found.cause or "undecodable", found.detail)
    own = event.owner == runner.owner
    head = work.replica(found.aggregate).head(event.owner)
    if event.ownerseq > head.seq + (not own):
        head = work.refresh(found.aggregate).head(event.owner)
    if event.ownerseq <= head.seq:
        return _duplicate(work, found, event, head, result)
    if found.cause is not None:
        return Rejection(found.cause, found.detail)
    if own:
        return Rejection("divergence", f"own fact {event.ownerseq} is not in this store: restored, or an impostor")
    if event.ownerseq > head.seq + 1:
        return Rejection("gap", f"{event.owner} {head.seq + 1} to {event.ownerseq - 1}")
    if event.prevhash != head.hash:
        return Rejection("chain", f"{event.owner} {event.ownerseq} does not follow the fact held as {head.seq}")
    return _apply(work, runner, found, event, result)


def _duplicate(
    work: UnitOfWork, found: Incoming, event: Event, head: StreamHead, result: InboxResult
) -> Rejection | None:
    same = event.ownerseq == head.seq and digest(found.raw) == head.hash
    if same or work.has(event.id):
        result.duplicates[event.owner] += 1
        return None
    if found.cause is not None:
        return Rejection(found.cause, found.detail)  # what nobody signed proves no divergence
    return Rejection("divergence", f"{event.owner} {event.ownerseq} is held as another fact")


def _apply(
    work: UnitOfWork, runner: DecisionRunner, found: Incoming, event: Event, result: InboxResult
) -> Rejection | None:
    rejection: Rejection | None = None
    for _ in range(TRIES):
        mark = work.mark()
        try:
            runner.apply_replicated(work, found.aggregate, event, found.raw, signature_in(found.record.headers))
        except Exception as error:
            raise_if_unavailable(error)
            work.rollback(mark)
            rejection = Rejection("drift" if isinstance(error, ClockDrift) else "handler", error_location(error))
        else:
            result.applied[event.owner] += 1
            result.unknown[event.owner] += runner.language.stream_of(event.type) is None
            return None
    return rejection
