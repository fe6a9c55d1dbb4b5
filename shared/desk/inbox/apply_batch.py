"""Applies one aggregate's records of a batch in order, or parks them with everything behind them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from desk.eventstore.errors import error_location
from desk.eventstore.unit_of_work.decision_runner import DecisionRunner
from desk.eventstore.unit_of_work.unit_of_work import UnitOfWork
from desk.eventstore.unit_of_work.work_items import WorkItem
from desk.inbox import parking_events
from desk.inbox.inbox_result import BlockedAggregate, InboxResult
from desk.inbox.parked_rows import PARKED, SIGNED, held, parked_row, signed_row
from desk.inbox.record_validation import Incoming
from desk.inbox.sequencing import Rejection, apply_next
from desk.signing.signature import signature_in


class BatchLookups:
    """Lookups made once per transaction for a whole batch: which aggregates have parked records, which facts have a
    recovered reaction and, when one fact is in doubt, which of all of them are recorded."""

    def __init__(self, records: Mapping[str, Sequence[Incoming]]) -> None:
        self._aggregates = list(records)
        self._ids = [found.event.id for group in records.values() for found in group if found.event is not None]
        self._asked: tuple[UnitOfWork, set[str]] | None = None

    def holds(self, work: UnitOfWork, aggregate: str) -> bool:
        """Whether the aggregate has parked records, so that new ones must wait behind them."""
        if self._asked is None or self._asked[0] is not work:
            found = work.read(lambda reads: held(reads.cursor, self._aggregates, self._ids))
            self._asked = work, found.aggregates
            work.expect(self._ids)
            work.answers(found.answered)
        return aggregate in self._asked[1]


class ApplyEvents(NamedTuple):
    """Applies one aggregate's records of a batch, in order. Parks a record that cannot be applied, with all behind
    it."""

    aggregate: str
    records: tuple[Incoming, ...]
    lookups: BatchLookups

    @property
    def aggregates(self) -> Sequence[str]:
        return (self.aggregate,)

    @property
    def recheck_if_unchanged(self) -> bool:
        return False

    def run(self, work: UnitOfWork, runner: DecisionRunner) -> InboxResult:
        result = InboxResult()
        if self.lookups.holds(work, self.aggregate):
            park(work, runner, self.records, Rejection("behind"), result)
            return result
        for at, found in enumerate(self.records):
            rejection = apply_next(work, runner, found, result)
            if rejection is not None:
                park(work, runner, self.records[at:], rejection, result)
                break
        return result

    def on_failure(self, error: Exception) -> WorkItem[InboxResult] | None:
        return ParkEvents(self.aggregate, self.records, Rejection("handler", error_location(error)))


class ParkEvents(NamedTuple):
    """Parks all records, in order, because the database refused their rows."""

    aggregate: str
    records: tuple[Incoming, ...]
    rejection: Rejection

    @property
    def aggregates(self) -> Sequence[str]:
        return ()

    @property
    def recheck_if_unchanged(self) -> bool:
        return False

    def run(self, work: UnitOfWork, runner: DecisionRunner) -> InboxResult:
        result = InboxResult()
        park(work, runner, self.records, self.rejection, result)
        return result

    def on_failure(self, error: Exception) -> WorkItem[InboxResult] | None:
        return ParkRawRecords(self.aggregate, self.records, Rejection("handler", error_location(error)))


class ParkRawRecords(NamedTuple):
    """Parks the bytes of records alone, in order, because not even rows with their facts' identity could be written."""

    aggregate: str
    records: tuple[Incoming, ...]
    rejection: Rejection

    @property
    def aggregates(self) -> Sequence[str]:
        return ()

    @property
    def recheck_if_unchanged(self) -> bool:
        return False

    def run(self, work: UnitOfWork, runner: DecisionRunner) -> InboxResult:
        result = InboxResult()
        _write_rows(work, runner, [found._replace(event=None) for found in self.records], self.rejection, result)
        return result

    def on_failure(self, error: Exception) -> WorkItem[InboxResult] | None:
        return None


def park(
    work: UnitOfWork, runner: DecisionRunner, records: Sequence[Incoming], rejection: Rejection, result: InboxResult
) -> None:
    """Park the first record for its cause, the others behind it. Report that, unless it is only behind others
    itself."""
    _write_rows(work, runner, records, rejection, result)
    if rejection.cause != "behind":
        parking_events.parked(work, runner, records[0], *rejection)


def _write_rows(
    work: UnitOfWork, runner: DecisionRunner, records: Sequence[Incoming], rejection: Rejection, result: InboxResult
) -> None:
    first, *behind = records
    work.write(PARKED, parked_row(first, *rejection), *(parked_row(found, "behind") for found in behind))
    if runner.signatures is not None:
        vouched = [found for found in records if found.event is not None and found.cause is None]
        work.write(SIGNED, *(signed_row(found) for found in vouched if signature_in(found.record.headers)))
    result.parked += len(records)
    if rejection.cause != "behind":
        owner, seq = (first.event.owner, first.event.ownerseq) if first.event is not None else ("", 0)
        result.stopped.append(BlockedAggregate(first.aggregate, owner, seq, *rejection))
