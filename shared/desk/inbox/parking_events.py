"""Operations events about records of the inbox: parked, unparked, skipped; each in the transaction that does it.

No event is recorded about a record that is itself an operations event.
"""

from __future__ import annotations

from uuid import UUID, uuid5

from desk.contract.event import Stream
from desk.contract.streams.operations import FactParked, FactSkipped, FactUnparked
from desk.eventstore.aggregate_id import split
from desk.eventstore.operations_events import NAMESPACE, record_operations_event
from desk.eventstore.unit_of_work.decision_runner import DecisionRunner
from desk.eventstore.unit_of_work.unit_of_work import UnitOfWork
from desk.inbox.record_validation import Cause, Incoming
from desk.inbox.vouching import DOUBTED

HARMLESS = DOUBTED | {"gap", "divergence", "chain", "drift", "handler"}
"""Causes whose detail the desk itself writes; the detail of other causes may quote the record."""
LONGEST = 300


def parked(work: UnitOfWork, runner: DecisionRunner, found: Incoming, cause: Cause, detail: str) -> None:
    """Report that a record was parked for a cause of its own, not merely behind another."""
    if _is_reportable(found):
        aggregate = _plain(found.aggregate) if found.event is not None else None
        published_detail = _plain(detail) if cause in HARMLESS else ""
        fact = FactParked(
            place=place(found), cause=cause, event=_id(found), aggregate=aggregate, detail=published_detail
        )
        record_operations_event(work, runner, fact)


def unparked(work: UnitOfWork, runner: DecisionRunner, found: Incoming) -> None:
    """Report that a parked record was applied after all."""
    if _is_reportable(found):
        record_operations_event(work, runner, FactUnparked(place=place(found), event=_id(found)))


def skipped(work: UnitOfWork, runner: DecisionRunner, found: Incoming, by: str, reason: str) -> None:
    """Report that a person skipped a parked record."""
    if _is_reportable(found):
        record_operations_event(work, runner, FactSkipped(place=place(found), by=by, reason=reason, event=_id(found)))


def place(found: Incoming) -> str:
    """A record's name: `aggregate/owner/ownerseq` of its fact, else its topic and a hash of its bytes."""
    if found.event is not None:
        return _plain(f"{found.aggregate}/{found.event.owner}/{found.event.ownerseq}")
    key = found.record.key
    name = key if isinstance(key, bytes) else (key or "").encode(errors="replace")
    return f"{_plain(found.record.topic)}/{uuid5(NAMESPACE, (name + b'|' + found.raw).hex())}"


def _is_reportable(found: Incoming) -> bool:
    return split(found.aggregate)[0] is not Stream.OPS


def _id(found: Incoming) -> UUID | None:
    return found.event.id if found.event is not None else None


def _plain(text: str) -> str:
    return "".join(char if char.isascii() and char.isprintable() else "?" for char in text[:LONGEST])
