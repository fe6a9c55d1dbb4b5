"""Whether one record can be taken now: had, next, gap, divergence, broken chain, or a handler that fails."""

from __future__ import annotations

import traceback
from typing import NamedTuple

from desk.clock import ClockDrift
from desk.contract.event import Event
from desk.eventstore.connections.availability import raise_if_unavailable
from desk.eventstore.replica import Head, digest
from desk.eventstore.unit_of_work.decision_runner import Engine
from desk.eventstore.unit_of_work.unit_of_work import Workspace
from desk.inbox.inbox_result import Tally
from desk.inbox.incoming import Cause, Incoming

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
    if same or work.has(event.id):
        tally.had[event.owner] += 1
        return None
    return Verdict("divergence", f"{event.owner} {event.ownerseq} is held as another fact")


def _apply(work: Workspace, engine: Engine, found: Incoming, event: Event, tally: Tally) -> Verdict | None:
    verdict: Verdict | None = None
    for _ in range(TRIES):
        mark = work.mark()
        try:
            engine.heard(work, found.aggregate, event, found.raw)
        except Exception as error:
            raise_if_unavailable(error)
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
