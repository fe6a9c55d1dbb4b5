"""Operators' hands on effects: list, show, retry, settle, and the switch that stops them by kind and by client."""

from __future__ import annotations

from typing import Literal, NamedTuple
from uuid import UUID

from desk.log.batch import Cur
from desk.log.errors import Conflict, ParkingError
from desk.log.ledger import Listed, counts, listed
from desk.log.opened import Log

RETRY = (
    "UPDATE effects SET state = 'planned', next = now(), leased = NULL, ended = NULL, tries = 0"
    " WHERE id = %s AND state IN ('unknown', 'failed', 'planned') RETURNING 1"
)
SETTLE = "UPDATE effects SET state = %s, detail = %s, ended = now() WHERE id = %s AND state = 'unknown' RETURNING 1"


class Stop(NamedTuple):
    """Calls that do not go out. Empty means every kind, every client."""

    kind: str
    client: str


class EffectsDesk:
    """The ledger of one log for people. Blocking calls, from any thread."""

    def __init__(self, log: Log) -> None:
        self._store = log.store

    def listed(self, state: str | None = None, limit: int = 1000) -> list[Listed]:
        """Calls in that state, oldest first; None: in any."""
        return self._store.execute(lambda cursor: listed(cursor, state, limit=limit))

    def show(self, identity: UUID) -> Listed:
        """One call. ParkingError when there is none of that id."""
        found = self._store.execute(lambda cursor: listed(cursor, identity=identity))
        if not found:
            raise ParkingError(f"no effect {identity}: `desk effects list` shows the ids")
        return found[0]

    def counts(self) -> dict[tuple[str, str], int]:
        """(kind, state) -> how many."""
        return self._store.execute(counts)

    def retry(self, identity: UUID) -> None:
        """Let a failed or unknown call go out again now, under its old key. ParkingError when it is neither."""
        self._change(RETRY, (identity,), f"effect {identity} is done, superseded or under way")

    def settle(self, identity: UUID, as_what: Literal["done", "failed"], reason: str) -> None:
        """Say what became of an unknown call. ParkingError when it is not unknown, or without a reason."""
        if not reason.strip():
            raise ParkingError("settling by hand needs a reason")
        self._change(SETTLE, (as_what, f"by hand: {reason.strip()}", identity), f"effect {identity} is not unknown")

    def stop(self, kind: str = "", client: str = "") -> None:
        """Let no call of this kind and client go out until `start`; those under way end."""
        statement = "INSERT INTO effect_stops (kind, client) VALUES (%s, %s) ON CONFLICT DO NOTHING"
        self._store.execute(lambda cursor: cursor.execute(statement, (kind, client)))

    def start(self, kind: str = "", client: str = "") -> None:
        """Take exactly that stop back."""
        statement = "DELETE FROM effect_stops WHERE kind = %s AND client = %s"
        self._store.execute(lambda cursor: cursor.execute(statement, (kind, client)))

    def stops(self) -> list[Stop]:
        """What is stopped."""
        query = "SELECT kind, client FROM effect_stops ORDER BY 1, 2"
        return [Stop(*row) for row in self._store.execute(lambda cursor: cursor.execute(query).fetchall())]

    def _change(self, statement: str, arguments: tuple[object, ...], refusal: str) -> None:
        def work(cursor: Cur) -> bool:
            return cursor.execute(statement.encode(), arguments).fetchone() is not None

        try:
            changed = self._store.execute(work)
        except Conflict:
            raise ParkingError("another call of the same kind and ticket waits already: it does the same") from None
        if not changed:
            raise ParkingError(refusal)
