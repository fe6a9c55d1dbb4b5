"""Administration of outbound calls: list, show, retry, settle, and the kill switch by kind and by client."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple
from uuid import UUID

from desk.eventstore.errors import CallError, Conflict, UnknownCall
from desk.eventstore.event_log import EventLog
from desk.eventstore.table_writer import DbCursor
from desk.outbox.call_queries import Listed, counts, listed
from desk.outbox.outbound_call_kind import OutboundCallKind

RETRY = (
    "UPDATE effects SET state = CASE WHEN state = 'planned' OR NOT kind = ANY(%s) THEN 'planned' ELSE 'unknown' END,"
    " doubted = doubted OR state <> 'planned', next = now(), pauses = 0, refused = NULL, ended = NULL,"
    " leased = CASE WHEN tries = 0 THEN now() END, holder = NULL"
    " WHERE id = %s AND state IN ('unknown', 'failed', 'planned') RETURNING 1"
)
SETTLE = "UPDATE effects SET state = %s, detail = %s, ended = now() WHERE id = %s AND state = 'unknown' RETURNING 1"


class Stop(NamedTuple):
    """A kill switch for calls of a kind and client. Empty means every kind, every client."""

    kind: str
    client: str


class OutboundCallAdmin:
    """The outbound calls of one service. Methods block, and may be called from any thread."""

    def __init__(self, log: EventLog, kinds: Sequence[OutboundCallKind] = ()) -> None:
        self._store = log.store
        self._resolvable = [kind.name for kind in kinds if kind.resolvable]

    def listed(self, state: str | None = None, limit: int = 1000, beginning: str = "") -> list[Listed]:
        """Calls in that state (`open`: planned, sent or unknown; None: any), open ones first."""
        return self._store.execute(lambda cursor: listed(cursor, state, limit=limit, beginning=beginning))

    def show(self, identity: UUID) -> Listed:
        """One call. UnknownCall when there is none with that id."""
        found = self._store.execute(lambda cursor: listed(cursor, identity=identity))
        if not found:
            raise UnknownCall(f"no effect {identity}: `desk effects list` shows the ids")
        return found[0]

    def counts(self) -> dict[tuple[str, str], int]:
        """(kind, state) -> number of calls."""
        return self._store.execute(counts)

    def retry(self, identity: UUID) -> None:
        """Make a planned, unknown or failed call due now, under its old key. A call that may have been made is first
        looked up at the vendor, where the kind can. CallError when it has ended otherwise or is being made.
        """
        self._change(RETRY, (self._resolvable, identity), identity, "planned, unknown or failed")

    def settle(self, identity: UUID, as_what: Literal["done", "failed"], reason: str) -> None:
        """Record the outcome of an unknown call. CallError when it is not unknown, or without a reason."""
        if not reason.strip():
            raise CallError("settling by hand needs a reason")
        self._change(SETTLE, (as_what, f"by hand: {reason.strip()}", identity), identity, "unknown")

    def stop(self, kind: str = "", client: str = "") -> None:
        """Stop calls of this kind and client until `start`; those being made are finished."""
        statement = "INSERT INTO effect_stops (kind, client) VALUES (%s, %s) ON CONFLICT DO NOTHING"
        self._store.execute(lambda cursor: cursor.execute(statement, (kind, client)))

    def start(self, kind: str = "", client: str = "") -> None:
        """Lift exactly that stop."""
        statement = "DELETE FROM effect_stops WHERE kind = %s AND client = %s"
        self._store.execute(lambda cursor: cursor.execute(statement, (kind, client)))

    def stops(self) -> list[Stop]:
        """All stops."""
        query = "SELECT kind, client FROM effect_stops ORDER BY 1, 2"
        return [Stop(*row) for row in self._store.execute(lambda cursor: cursor.execute(query).fetchall())]

    def _change(self, statement: str, arguments: tuple[object, ...], identity: UUID, wanted: str) -> None:
        def work(cursor: DbCursor) -> bool:
            return cursor.execute(statement.encode(), arguments).fetchone() is not None

        try:
            changed = self._store.execute(work)
        except Conflict:
            raise CallError(
                "another call of the same kind and ticket is already waiting, with the same effect"
            ) from None
        if not changed:
            found = self.show(identity).planned.state
            state = "under way" if found == "sent" else found
            raise CallError(f"call {identity} is {state}: only calls that are {wanted} can be changed so")
