"""Taking parked records up again, in order, with what the owner sent to fill a gap."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from desk.contract.event import Event
from desk.eventstore.errors import error_location
from desk.eventstore.unit_of_work.decision_runner import DecisionRunner
from desk.eventstore.unit_of_work.unit_of_work import UnitOfWork
from desk.eventstore.unit_of_work.work_items import WorkItem
from desk.inbox import parking_events
from desk.inbox.inbox_result import InboxResult
from desk.inbox.incoming import Incoming, incoming
from desk.inbox.parked_rows import JUDGED, SKIPPED_BY_HAND, UNPARKED, Parked, waiting
from desk.inbox.sequencing import apply_next
from desk.inbox.sources import RawRecord


class Retry(NamedTuple):
    """Everything parked for one aggregate, once more; stops at the first that still cannot be taken.

    `fetched` are records from the owner; one of them, or a later parked one, is taken early where it fills a gap.
    At most `most` parked records are taken (0: all).
    """

    aggregate: str
    fetched: tuple[RawRecord, ...] = ()
    most: int = 0

    @property
    def aggregates(self) -> Sequence[str]:
        return (self.aggregate,)

    @property
    def recheck_if_unchanged(self) -> bool:
        return False

    def run(self, work: UnitOfWork, runner: DecisionRunner) -> InboxResult:
        tally = InboxResult()
        rows: list[Parked] = work.read(lambda reads: waiting(reads.cursor, self.aggregate))
        fillers = [incoming(record, runner.language) for record in self.fetched]
        pending = [(row.id, incoming(row.record, runner.language)) for row in rows]
        causes = {row.id: row.cause for row in rows}
        events = (one.event for one in (*fillers, *(one for _, one in pending)))
        work.look_for_answers([event.id for event in events if event is not None])
        while pending and not 0 < self.most <= tally.taken:
            verdict = apply_next(work, runner, pending[0][1], tally)
            if verdict is None:
                identity, found = pending.pop(0)
                work.write(UNPARKED, (identity,))
                tally.taken += 1
                if causes[identity] != "behind":
                    parking_events.unparked(work, runner, found)
            elif verdict.cause != "gap" or not self._fill(work, runner, fillers, pending, tally):
                work.write(JUDGED, (*verdict, pending[0][0]))
                break
        return tally

    def on_failure(self, error: Exception) -> WorkItem | None:
        return Refused(self.aggregate, error_location(error))

    def _fill(
        self,
        work: UnitOfWork,
        runner: DecisionRunner,
        fillers: list[Incoming],
        pending: list[tuple[int, Incoming]],
        tally: InboxResult,
    ) -> bool:
        wanted = pending[0][1].event
        assert wanted is not None
        following = work.replica(self.aggregate).head(wanted.owner).seq + 1
        for found in [found for found in fillers if _is(found, wanted.owner, following)]:
            fillers.remove(found)
            if apply_next(work, runner, found, tally) is None:
                return True
        for place, (identity, found) in enumerate(pending[1:], 1):
            if _is(found, wanted.owner, following) and apply_next(work, runner, found, tally) is None:
                work.write(UNPARKED, (identity,))
                del pending[place]
                return True
        return False


class Refused(NamedTuple):
    """The database refused what a retry wanted to write: nothing was taken, the first record bears the cause."""

    aggregate: str
    detail: str

    @property
    def aggregates(self) -> Sequence[str]:
        return ()

    @property
    def recheck_if_unchanged(self) -> bool:
        return False

    def run(self, work: UnitOfWork, runner: DecisionRunner) -> InboxResult:
        tally = InboxResult()
        tally.refused = True
        first: Parked = work.read(lambda reads: waiting(reads.cursor, self.aggregate))[0]
        work.write(JUDGED, ("handler", self.detail, first.id))
        return tally

    def on_failure(self, error: Exception) -> WorkItem | None:
        return None


def _is(found: Incoming, owner: str, ownerseq: int) -> bool:
    event = found.event
    return event is not None and (event.owner, event.ownerseq) == (owner, ownerseq)


class Skip(NamedTuple):
    """Leave out the first parked record of an aggregate, for a reason, and go on behind it.

    A fact that is next in its owner's order leaves a tombstone at its ownerseq and marks the replica incomplete;
    what is no fact at all is only set aside. The result tells whether there is a tombstone.
    """

    row: Parked
    reason: str
    by: str = "operator"

    @property
    def aggregates(self) -> Sequence[str]:
        return (self.row.aggregate,)

    @property
    def recheck_if_unchanged(self) -> bool:
        return False

    def run(self, work: UnitOfWork, runner: DecisionRunner) -> bool:
        found = incoming(self.row.record, runner.language)
        event = found.event
        tombstone = event is not None and self._is_next(work, event)
        if tombstone and event is not None:
            work.skip(self.row.aggregate, event, self.row.record.value or b"")
        work.write(SKIPPED_BY_HAND, (self.reason, self.row.id))
        parking_events.skipped(work, runner, found, self.by, self.reason)
        return tombstone

    def on_failure(self, error: Exception) -> WorkItem | None:
        return None

    def _is_next(self, work: UnitOfWork, event: Event) -> bool:
        return event.ownerseq == work.refresh(self.row.aggregate).head(event.owner).seq + 1


def fetched_records(topic: str, subject: str, raws: Sequence[bytes]) -> tuple[RawRecord, ...]:
    """An owner's answer in the shape of the bus."""
    return tuple(RawRecord(topic, subject, raw) for raw in raws)
