"""One aggregate's records of a batch: taken in order, or parked with everything behind them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from desk.eventstore import operations_events
from desk.eventstore.unit_of_work.decision_runner import Engine
from desk.eventstore.unit_of_work.unit_of_work import Workspace
from desk.eventstore.unit_of_work.work_items import Item
from desk.inbox.inbox_result import Stopped, Tally
from desk.inbox.incoming import Incoming
from desk.inbox.parked_rows import PARKED, held, parked_row
from desk.inbox.sequencing import Verdict, take, where


class Delivery:
    """What is asked once per transaction for a whole batch: which aggregates have something parked, which facts are
    answered. And where one fact is in doubt, which of all of them are recorded."""

    def __init__(self, records: Mapping[str, Sequence[Incoming]]) -> None:
        self._aggregates = list(records)
        self._ids = [found.event.id for group in records.values() for found in group if found.event is not None]
        self._asked: tuple[Workspace, set[str]] | None = None

    def holds(self, work: Workspace, aggregate: str) -> bool:
        """Whether something waits for it, so that whatever comes must wait too."""
        if self._asked is None or self._asked[0] is not work:
            found = work.read(lambda reads: held(reads.cursor, self._aggregates, self._ids))
            self._asked = work, found.aggregates
            work.expect(self._ids)
            work.answers(found.answered)
        return aggregate in self._asked[1]


class Hear(NamedTuple):
    """One aggregate's records of a batch, in order. What cannot be taken is parked, and what follows it too."""

    aggregate: str
    records: tuple[Incoming, ...]
    delivery: Delivery

    @property
    def touches(self) -> Sequence[str]:
        return (self.aggregate,)

    @property
    def confirmed(self) -> bool:
        return False

    def run(self, work: Workspace, engine: Engine) -> Tally:
        tally = Tally()
        if self.delivery.holds(work, self.aggregate):
            park(work, engine, self.records, Verdict("behind"), tally)
            return tally
        for at, found in enumerate(self.records):
            verdict = take(work, engine, found, tally)
            if verdict is not None:
                park(work, engine, self.records[at:], verdict, tally)
                break
        return tally

    def instead(self, error: Exception) -> Item | None:
        return ParkAll(self.aggregate, self.records, Verdict("handler", where(error)))


class ParkAll(NamedTuple):
    """Records whose rows the database refused: all of them wait, in order."""

    aggregate: str
    records: tuple[Incoming, ...]
    verdict: Verdict

    @property
    def touches(self) -> Sequence[str]:
        return ()

    @property
    def confirmed(self) -> bool:
        return False

    def run(self, work: Workspace, engine: Engine) -> Tally:
        tally = Tally()
        park(work, engine, self.records, self.verdict, tally)
        return tally

    def instead(self, error: Exception) -> Item | None:
        return ParkBare(self.aggregate, self.records, Verdict("handler", where(error)))


class ParkBare(NamedTuple):
    """Records of which not even the rows that say whose they are could be written: their bytes alone wait, in order."""

    aggregate: str
    records: tuple[Incoming, ...]
    verdict: Verdict

    @property
    def touches(self) -> Sequence[str]:
        return ()

    @property
    def confirmed(self) -> bool:
        return False

    def run(self, work: Workspace, engine: Engine) -> Tally:
        tally = Tally()
        _put_away(work, [found._replace(event=None) for found in self.records], self.verdict, tally)
        return tally

    def instead(self, error: Exception) -> Item | None:
        return None


def park(work: Workspace, engine: Engine, records: Sequence[Incoming], verdict: Verdict, tally: Tally) -> None:
    """Put the first record away for its cause, and the others behind it; record that, unless others wait already."""
    _put_away(work, records, verdict, tally)
    if verdict.cause != "behind":
        operations_events.parked(work, engine, records[0], *verdict)


def _put_away(work: Workspace, records: Sequence[Incoming], verdict: Verdict, tally: Tally) -> None:
    first, *behind = records
    work.write(PARKED, parked_row(first, *verdict), *(parked_row(found, "behind") for found in behind))
    tally.parked += len(records)
    if verdict.cause != "behind":
        owner, seq = (first.event.owner, first.event.ownerseq) if first.event is not None else ("", 0)
        tally.stopped.append(Stopped(first.aggregate, owner, seq, *verdict))
