"""The ledger's table: taking calls with a lease, recording outcomes with own facts, stops, lists."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID, uuid5

from desk.log.batch import Cur, Row, Sink
from desk.log.effect_facts import effect_facts
from desk.log.effects import EffectKind, Outcome, Planned
from desk.log.engine import Engine
from desk.log.errors import Conflict
from desk.log.items import Item
from desk.log.settling import Settlement
from desk.log.stamp import Chain
from desk.log.telling import tell
from desk.log.workspace import Workspace
from desk.ticket.event import Event

COLUMNS = "id, aggregate, kind, client, cause, correlation, traceparent, data, state, tries"
TAKE = (
    "UPDATE effects SET leased = now() + %s WHERE id IN (SELECT id FROM effects e WHERE kind = %s"  # noqa: S608
    " AND (state = 'planned' OR state = 'sent' OR (state = 'unknown' AND %s)) AND next <= now()"
    " AND (leased IS NULL OR leased < now()) AND NOT EXISTS (SELECT FROM effect_stops s"
    " WHERE s.kind IN (e.kind, '') AND s.client IN (e.client, ''))"
    f" ORDER BY next LIMIT %s FOR UPDATE SKIP LOCKED) RETURNING {COLUMNS}"
)
WAITING = (
    f"SELECT {COLUMNS} FROM effects e WHERE state = 'planned' AND NOT EXISTS (SELECT FROM effect_stops s"  # noqa: S608
    " WHERE s.kind IN (e.kind, '') AND s.client IN (e.client, '')) ORDER BY planned, id LIMIT %s"
)
SENT = (
    "UPDATE effects SET state = 'sent', tries = tries + 1"
    " WHERE id = %s AND tries = %s AND state IN ('planned', 'unknown', 'sent')"
)
SETTLE = (
    "UPDATE effects SET state = %s, detail = %s, vendor_key = CASE WHEN %s = '' THEN vendor_key ELSE %s END,"
    " next = now() + %s, leased = NULL, ended = CASE WHEN %s THEN now() END"
    " WHERE id = %s AND state IN ('planned', 'sent', 'unknown') RETURNING 1"
)
FINAL = frozenset({"done", "failed", "superseded"})


def _settle(cursor: Cur, rows: list[Row]) -> None:
    for identity, to in rows:
        key = to.vendor_key
        cursor.execute(SETTLE, (to.state, to.detail, key, key, to.pause, to.state in FINAL, identity))
        if cursor.fetchone() is None:
            raise Conflict("the call was settled by somebody else")


SETTLED = Sink("effects settled", 40, _settle)


class Settle(NamedTuple):
    """The outcome of a call, own facts about it, facts of operations and `rows`, in one transaction. `sent`: just
    now.
    """

    planned: Planned
    to: Settlement
    outcome: Outcome | None
    kind: EffectKind
    sent: bool = False
    rows: tuple[tuple[Sink, Row], ...] = ()

    @property
    def touches(self) -> Sequence[str]:
        return (self.planned.aggregate,)

    @property
    def confirmed(self) -> bool:
        return False

    def run(self, work: Workspace, engine: Engine) -> list[Event]:
        planned = self.planned
        work.write(SETTLED, (planned.id, self.to))
        for sink, row in self.rows:
            work.write(sink, row)
        trace = Chain(planned.correlation, planned.cause, planned.traceparent)
        tell(work, engine, *effect_facts(planned, self.to, self.sent), chain=trace)
        if self.outcome is None or self.to.state not in FINAL | {"unknown"}:
            return []
        identity = uuid5(planned.id, f"{self.to.state}|{planned.tries}")
        state = work.replica(planned.aggregate).state
        deciding = engine.by_itself(identity, planned.aggregate, state)
        drafts = self.kind.facts(planned, self.outcome, state, deciding)
        chain = trace._replace(stable=True)
        return engine.decided(work, planned.aggregate, drafts, deciding, chain) if drafts else []

    def instead(self, error: Exception) -> Item | None:
        return None


def take(cursor: Cur, kind: EffectKind, lease: timedelta, limit: int) -> list[Planned]:
    """Calls of a kind that are due and not stopped, leased. Unknown ones only where that can be cleared up."""
    solvable = kind.repeatable or kind.query is not None
    return [Planned(*row) for row in cursor.execute(TAKE, (lease, kind.name, solvable, limit))]


def waiting(cursor: Cur, limit: int = 1000) -> list[Planned]:
    """Planned calls that no stop holds back, oldest first; nothing is taken."""
    return [Planned(*row) for row in cursor.execute(WAITING, (limit,))]


def mark_sent(cursor: Cur, planned: Planned) -> None:
    """The call is about to be made. Conflict when another worker has it."""
    cursor.execute(SENT, (planned.id, planned.tries))
    if cursor.rowcount != 1:
        raise Conflict("another worker has the call")


class Listed(NamedTuple):
    """A row of the ledger for people."""

    planned: Planned
    since: datetime
    next: datetime
    ended: datetime | None
    detail: str
    vendor_key: str


def listed(cursor: Cur, state: str | None = None, identity: UUID | None = None, limit: int = 1000) -> list[Listed]:
    """Calls in a state (None: any) or of one id, oldest first."""
    query = (
        f"SELECT {COLUMNS}, planned, next, ended, detail, vendor_key FROM effects"  # noqa: S608
        " WHERE (%s::text IS NULL OR state = %s) AND (%s::uuid IS NULL OR id = %s) ORDER BY planned, id LIMIT %s"
    )
    rows = cursor.execute(query, (state, state, identity, identity, limit)).fetchall()
    return [Listed(Planned(*row[:10]), *row[10:]) for row in rows]


def counts(cursor: Cur) -> dict[tuple[str, str], int]:
    """(kind, state) -> how many."""
    rows = cursor.execute("SELECT kind, state, count(*) FROM effects GROUP BY 1, 2").fetchall()
    return {(kind, state): number for kind, state, number in rows}
