"""One aggregate's records of a batch: taken in order, or parked with everything behind them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from desk.eventstore.errors import error_location
from desk.eventstore.unit_of_work.decision_runner import DecisionRunner
from desk.eventstore.unit_of_work.unit_of_work import UnitOfWork
from desk.eventstore.unit_of_work.work_items import WorkItem
from desk.inbox import parking_events
from desk.inbox.inbox_result import BlockedAggregate, InboxResult
from desk.inbox.incoming import Incoming
from desk.inbox.parked_rows import PARKED, held, parked_row
from desk.inbox.sequencing import Rejection, apply_next


class BatchLookups:
    """What is asked once per transaction for a whole batch: which aggregates have something parked, which facts are
    answered. And where one fact is in doubt, which of all of them are recorded."""

    def __init__(self, records: Mapping[str, Sequence[Incoming]]) -> None:
        self._aggregates = list(records)
        self._ids = [found.event.id for group in records.values() for found in group if found.event is not None]
        self._asked: tuple[UnitOfWork, set[str]] | None = None

    def holds(self, work: UnitOfWork, aggregate: str) -> bool:
        """Whether something waits for it, so that whatever comes must wait too."""
        if self._asked is None or self._asked[0] is not work:
            found = work.read(lambda reads: held(reads.cursor, self._aggregates, self._ids))
            self._asked = work, found.aggregates
            work.expect(self._ids)
            work.answers(found.answered)
        return aggregate in self._asked[1]


class ApplyEvents(NamedTuple):
    """One aggregate's records of a batch, in order. What cannot be taken is parked, and what follows it too."""

    aggregate: str
    records: tuple[Incoming, ...]
    delivery: BatchLookups

    @property
    def aggregates(self) -> Sequence[str]:
        return (self.aggregate,)

    @property
    def recheck_if_unchanged(self) -> bool:
        return False

    def run(self, work: UnitOfWork, runner: DecisionRunner) -> InboxResult:
        tally = InboxResult()
        if self.delivery.holds(work, self.aggregate):
            park(work, runner, self.records, Rejection("behind"), tally)
            return tally
        for at, found in enumerate(self.records):
            verdict = apply_next(work, runner, found, tally)
            if verdict is not None:
                park(work, runner, self.records[at:], verdict, tally)
                break
        return tally

    def on_failure(self, error: Exception) -> WorkItem | None:
        return ParkEvents(self.aggregate, self.records, Rejection("handler", error_location(error)))


class ParkEvents(NamedTuple):
    """Records whose rows the database refused: all of them wait, in order."""

    aggregate: str
    records: tuple[Incoming, ...]
    verdict: Rejection

    @property
    def aggregates(self) -> Sequence[str]:
        return ()

    @property
    def recheck_if_unchanged(self) -> bool:
        return False

    def run(self, work: UnitOfWork, runner: DecisionRunner) -> InboxResult:
        tally = InboxResult()
        park(work, runner, self.records, self.verdict, tally)
        return tally

    def on_failure(self, error: Exception) -> WorkItem | None:
        return ParkRawRecords(self.aggregate, self.records, Rejection("handler", error_location(error)))


class ParkRawRecords(NamedTuple):
    """Records of which not even the rows that say whose they are could be written: their bytes alone wait, in order."""

    aggregate: str
    records: tuple[Incoming, ...]
    verdict: Rejection

    @property
    def aggregates(self) -> Sequence[str]:
        return ()

    @property
    def recheck_if_unchanged(self) -> bool:
        return False

    def run(self, work: UnitOfWork, runner: DecisionRunner) -> InboxResult:
        tally = InboxResult()
        _put_away(work, [found._replace(event=None) for found in self.records], self.verdict, tally)
        return tally

    def on_failure(self, error: Exception) -> WorkItem | None:
        return None


def park(
    work: UnitOfWork, runner: DecisionRunner, records: Sequence[Incoming], verdict: Rejection, tally: InboxResult
) -> None:
    """Put the first record away for its cause, and the others behind it; record that, unless others wait already."""
    _put_away(work, records, verdict, tally)
    if verdict.cause != "behind":
        parking_events.parked(work, runner, records[0], *verdict)


def _put_away(work: UnitOfWork, records: Sequence[Incoming], verdict: Rejection, tally: InboxResult) -> None:
    first, *behind = records
    work.write(PARKED, parked_row(first, *verdict), *(parked_row(found, "behind") for found in behind))
    tally.parked += len(records)
    if verdict.cause != "behind":
        owner, seq = (first.event.owner, first.event.ownerseq) if first.event is not None else ("", 0)
        tally.stopped.append(BlockedAggregate(first.aggregate, owner, seq, *verdict))
