"""Own facts that the bus knows and the store does not, after the store was restored: taken back in before commands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from desk.log.batch import Cur, Row, Sink, columns
from desk.log.effect_rows import planned
from desk.log.engine import Engine
from desk.log.incoming import Incoming
from desk.log.items import Item
from desk.log.replica import digest
from desk.log.workspace import Workspace
from desk.ticket.event import Event

PLAN = (
    "INSERT INTO effects (id, aggregate, kind, client, cause, correlation, traceparent, data, state, detail)"
    " SELECT *, 'unknown', 'the store was restored: the call may have been made' FROM unnest(%b::uuid[], %b::text[],"
    " %b::text[], %b::text[], %b::uuid[], %b::uuid[], %b::text[], %b::bytea[]) ON CONFLICT (id) DO NOTHING"
)


def _plan(cursor: Cur, rows: list[Row]) -> None:
    cursor.execute(PLAN, columns(rows))


DOUBTFUL = Sink("effects in doubt", 31, _plan)
"""Rows as `effect_rows.planned` makes them, of calls that may have been made: they are queried before they are made."""


class Readopted(NamedTuple):
    """Facts taken back; and facts of ours on the bus that contradict the store, which nobody can put right alone."""

    adopted: int = 0
    divergent: int = 0

    def __add__(self, other: object) -> Readopted:
        if not isinstance(other, Readopted):
            return NotImplemented
        return Readopted(self.adopted + other.adopted, self.divergent + other.divergent)


class Readopt(NamedTuple):
    """Own facts of one aggregate as the bus has them, in order. Nothing reacts to them: the answers were recorded."""

    aggregate: str
    found: tuple[Incoming, ...]

    @property
    def touches(self) -> Sequence[str]:
        return (self.aggregate,)

    @property
    def confirmed(self) -> bool:
        return False

    def run(self, work: Workspace, engine: Engine) -> Readopted:
        adopted = 0
        for one in self.found:
            event = one.event
            if event is None or event.owner != engine.owner:
                continue
            head = work.replica(self.aggregate).head(engine.owner)
            if event.ownerseq > head.seq:
                head = work.refresh(self.aggregate).head(engine.owner)
            if event.ownerseq == head.seq + 1 and event.prevhash == head.hash:
                self._adopt(work, engine, event, one.raw)
                adopted += 1
            elif event.ownerseq > head.seq or (event.ownerseq == head.seq and digest(one.raw) != head.hash):
                return Readopted(adopted, 1)
        return Readopted(adopted)

    def instead(self, error: Exception) -> Item | None:
        return None

    def _adopt(self, work: Workspace, engine: Engine, event: Event, raw: bytes) -> None:
        state = engine.readopted(work, self.aggregate, event, raw)
        effects = engine.tables.effects.get(event.type)
        if effects is not None and event.origin != "import" and not engine.tables.imported(state):
            work.write(DOUBTFUL, *(planned(self.aggregate, event, intent) for intent in effects(event, state)))
