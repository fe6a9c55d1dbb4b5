"""Applies parked records again, in order, with the facts that their owner sent to fill a gap; skips one on request."""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import NamedTuple

from desk.contract.event import Event
from desk.eventstore.errors import error_location
from desk.eventstore.unit_of_work.decision_runner import DecisionRunner
from desk.eventstore.unit_of_work.unit_of_work import UnitOfWork
from desk.eventstore.unit_of_work.work_items import WorkItem
from desk.inbox import parking_events
from desk.inbox.inbox_result import InboxResult
from desk.inbox.parked_rows import JUDGED, SKIPPED_BY_HAND, UNPARKED, Parked, waiting
from desk.inbox.ports import Fetched, RawRecord
from desk.inbox.record_validation import Incoming
from desk.inbox.sequencing import apply_next
from desk.inbox.vouching import DOUBTED, judged
from desk.signing.signature import headers_of

FILLED = DOUBTED | {"gap"}
"""Causes that an owner's fact may cure: it comes before the record, or is the record with its signature."""
IMPOSTOR = "the owner does not hold this fact: it was forged, and nothing was applied"
FETCHED = 10_000
"""The number of facts after which an owner's answer may be incomplete."""


class Retry(NamedTuple):
    """Applies the parked records of one aggregate again, up to the first that still cannot be applied.

    `fetched` are records from the owner; one of them, or a later parked one, is applied early where it fills a gap. At
    most `most` parked records are applied (0: all). `asked` is the owner that has sent everything after our head, if it
    was asked: a doubted record of it that it does not hold is an impostor, and is set aside.
    """

    aggregate: str
    fetched: tuple[RawRecord, ...] = ()
    most: int = 0
    asked: str = ""

    @property
    def aggregates(self) -> Sequence[str]:
        return (self.aggregate,)

    @property
    def recheck_if_unchanged(self) -> bool:
        return False

    def run(self, work: UnitOfWork, runner: DecisionRunner) -> InboxResult:
        result = InboxResult()
        rows: list[Parked] = work.read(lambda reads: waiting(reads.cursor, self.aggregate))
        read = judged([*(row.record for row in rows), *self.fetched], runner.language, runner.signatures)
        pending, fillers = [(row.id, one) for row, one in zip(rows, read, strict=False)], read[len(rows) :]
        sent = {(one.event.owner, one.event.ownerseq) for one in fillers if one.event is not None}
        causes = {row.id: row.cause for row in rows}
        events = (one.event for one in (*fillers, *(one for _, one in pending)))
        work.look_for_answers([event.id for event in events if event is not None])
        while pending and not 0 < self.most <= result.taken:
            rejection = apply_next(work, runner, pending[0][1], result)
            if rejection is None:
                identity, found = pending.pop(0)
                work.write(UNPARKED, (identity,))
                result.taken += 1
                if causes[identity] != "behind":
                    parking_events.unparked(work, runner, found)
            elif rejection.cause in FILLED and self._fill(work, runner, fillers, pending, result):
                continue
            elif rejection.cause in DOUBTED and self._is_impostor(work, pending[0][1], sent):
                identity, found = pending.pop(0)
                work.write(SKIPPED_BY_HAND, (IMPOSTOR, identity))
                parking_events.skipped(work, runner, found, runner.owner, IMPOSTOR)
                result.taken += 1
            else:
                work.write(JUDGED, (*rejection, pending[0][0]))
                break
        return result

    def on_failure(self, error: Exception) -> WorkItem[InboxResult] | None:
        return Refused(self.aggregate, error_location(error))

    def _fill(
        self,
        work: UnitOfWork,
        runner: DecisionRunner,
        fillers: list[Incoming],
        pending: list[tuple[int, Incoming]],
        result: InboxResult,
    ) -> bool:
        blocked = pending[0][1].event
        assert blocked is not None
        following = work.replica(self.aggregate).head(blocked.owner).seq + 1
        for found in [found for found in fillers if _is(found, blocked.owner, following)]:
            fillers.remove(found)
            if apply_next(work, runner, found, result) is None:
                return True
        for place, (identity, found) in enumerate(pending[1:], 1):
            if _is(found, blocked.owner, following) and apply_next(work, runner, found, result) is None:
                work.write(UNPARKED, (identity,))
                del pending[place]
                return True
        return False

    def _is_impostor(self, work: UnitOfWork, found: Incoming, sent: Set[tuple[str, int]]) -> bool:
        """Whether the owner holds another fact at this number, or none: it publishes only what it has committed."""
        event = found.event
        if event is None:
            return False
        if event.ownerseq <= work.refresh(self.aggregate).head(event.owner).seq:
            return True
        return event.owner == self.asked and len(sent) < FETCHED and (event.owner, event.ownerseq) not in sent


class Refused(NamedTuple):
    """Records that the database refused a retry's rows: nothing was applied, and the first record gets the cause."""

    aggregate: str
    detail: str

    @property
    def aggregates(self) -> Sequence[str]:
        return ()

    @property
    def recheck_if_unchanged(self) -> bool:
        return False

    def run(self, work: UnitOfWork, runner: DecisionRunner) -> InboxResult:
        result = InboxResult()
        result.refused = True
        first: Parked = work.read(lambda reads: waiting(reads.cursor, self.aggregate))[0]
        work.write(JUDGED, ("handler", self.detail, first.id))
        return result

    def on_failure(self, error: Exception) -> WorkItem[InboxResult] | None:
        return None


def _is(found: Incoming, owner: str, ownerseq: int) -> bool:
    event = found.event
    return event is not None and (event.owner, event.ownerseq) == (owner, ownerseq)


class Skip(NamedTuple):
    """Skips the first parked record of an aggregate, for a reason.

    A fact that is next in its owner's order leaves a tombstone at its ownerseq and marks the replica incomplete; a
    record that is no fact is only set aside. The result is whether there is a tombstone.
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
        (found,) = judged([self.row.record], runner.language, runner.signatures)
        event = found.event
        # a tombstone for a forged fact would keep the owner's own one out
        tombstone = event is not None and found.cause is None and self._is_next(work, event)
        if tombstone and event is not None:
            work.skip(self.row.aggregate, event, self.row.record.value or b"")
        work.write(SKIPPED_BY_HAND, (self.reason, self.row.id))
        parking_events.skipped(work, runner, found, self.by, self.reason)
        return tombstone

    def on_failure(self, error: Exception) -> WorkItem[bool] | None:
        return None

    def _is_next(self, work: UnitOfWork, event: Event) -> bool:
        return event.ownerseq == work.refresh(self.row.aggregate).head(event.owner).seq + 1


def fetched_records(topic: str, subject: str, facts: Sequence[Fetched]) -> tuple[RawRecord, ...]:
    """An owner's facts as records of the bus."""
    return tuple(RawRecord(topic, subject, fact.raw, headers_of(fact.signature)) for fact in facts)
