"""What happens to one aggregate's records: had, next, gap, divergence, or parked with everything behind it."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from typing import NamedTuple

from desk.clock import ClockDrift
from desk.log.engine import Engine
from desk.log.errors import StoreUnavailable
from desk.log.incoming import Cause, Incoming
from desk.log.items import Item
from desk.log.parked_rows import PARKED, blocked, parked_row
from desk.log.replica import Head, digest
from desk.log.tally import Stopped, Tally
from desk.log.workspace import Workspace
from desk.ticket.event import Event

TRIES = 3


class Verdict(NamedTuple):
    """Why a record cannot be taken now."""

    cause: Cause
    detail: str = ""


def take(work: Workspace, engine: Engine, found: Incoming, tally: Tally) -> Verdict | None:
    """Apply one record with the reactions to it, or say why not. Leaves no trace when it does not."""
    event = found.event
    if event is None:
        return Verdict(found.cause or "undecodable", found.detail)
    own = event.owner == engine.owner
    head = work.replica(found.aggregate).head(event.owner)
    if event.ownerseq > head.seq + (not own):
        head = work.refresh(found.aggregate).head(event.owner)
    if event.ownerseq <= head.seq:
        return _had(work, found, event, head, tally)
    if own:
        return Verdict("divergence", f"own fact {event.ownerseq} is not in this store: restored, or an impostor")
    if event.ownerseq > head.seq + 1:
        return Verdict("gap", f"{event.owner} {head.seq + 1} to {event.ownerseq - 1}")
    if event.prevhash != head.hash:
        return Verdict("chain", f"{event.owner} {event.ownerseq} does not follow the fact held as {head.seq}")
    return _apply(work, engine, found, event, tally)


def _had(work: Workspace, found: Incoming, event: Event, head: Head, tally: Tally) -> Verdict | None:
    same = event.ownerseq == head.seq and digest(found.raw) == head.hash
    if same or event.id in work.fresh or work.read(lambda reads: reads.places([event.id])):
        tally.had[event.owner] += 1
        return None
    return Verdict("divergence", f"{event.owner} {event.ownerseq} is held as another fact")


def _apply(work: Workspace, engine: Engine, found: Incoming, event: Event, tally: Tally) -> Verdict | None:
    verdict: Verdict | None = None
    for _ in range(TRIES):
        mark = work.mark()
        try:
            engine.heard(work, found.aggregate, event, found.raw)
        except StoreUnavailable:
            raise
        except Exception as error:
            work.rollback(mark)
            verdict = Verdict("drift" if isinstance(error, ClockDrift) else "handler", where(error))
        else:
            tally.heard[event.owner] += 1
            tally.unknown[event.owner] += engine.language.stream_of(event.type) is None
            return None
    return verdict


def where(error: Exception) -> str:
    """The error's type and the place that raised it; never its text, which may quote a fact."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" in {frames[-1].name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{place}"


class Blocked:
    """Which aggregates of one batch have something parked: asked once per transaction for the whole batch."""

    def __init__(self, aggregates: Sequence[str]) -> None:
        self._aggregates = list(aggregates)
        self._asked: tuple[Workspace, set[str]] | None = None

    def __contains__(self, question: tuple[Workspace, str]) -> bool:
        work, aggregate = question
        if self._asked is None or self._asked[0] is not work:
            self._asked = work, work.read(lambda reads: blocked(reads.cursor, self._aggregates))
        return aggregate in self._asked[1]


class Hear(NamedTuple):
    """One aggregate's records of a batch, in order. What cannot be taken is parked, and what follows it too."""

    aggregate: str
    records: tuple[Incoming, ...]
    blocked: Blocked

    @property
    def touches(self) -> Sequence[str]:
        return (self.aggregate,)

    @property
    def confirmed(self) -> bool:
        return False

    def run(self, work: Workspace, engine: Engine) -> Tally:
        tally = Tally()
        if (work, self.aggregate) in self.blocked:
            park(work, self.records, Verdict("behind"), tally)
            return tally
        for at, found in enumerate(self.records):
            verdict = take(work, engine, found, tally)
            if verdict is not None:
                park(work, self.records[at:], verdict, tally)
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
        park(work, self.records, self.verdict, tally)
        return tally

    def instead(self, error: Exception) -> Item | None:
        return None


def park(work: Workspace, records: Sequence[Incoming], verdict: Verdict, tally: Tally) -> None:
    """Put the first record away for its cause, and the others behind it."""
    first, *rest = records
    work.write(PARKED, parked_row(first, *verdict), *(parked_row(found, "behind") for found in rest))
    tally.parked += len(records)
    if verdict.cause != "behind":
        owner, seq = (first.event.owner, first.event.ownerseq) if first.event is not None else ("", 0)
        tally.stopped.append(Stopped(first.aggregate, owner, seq, *verdict))
