"""Operators' hands on parked facts: list, show, retry, skip with a reason."""

from __future__ import annotations

from desk.eventstore.errors import ParkingError
from desk.eventstore.event_log import EventLog
from desk.inbox.inbox_result import InboxResult
from desk.inbox.parked_rows import COLUMNS, Parked, parked_of, waiting
from desk.inbox.refold_skipped import Repair
from desk.inbox.retry_parked import Retry, Skip


class Parking:
    """What waits in one log. Blocking calls, from any thread."""

    def __init__(self, log: EventLog) -> None:
        self._log = log

    def listed(self, *, limit: int = 1000, state: str = "waiting") -> list[Parked]:
        """Parked records, oldest first. `state` is waiting or skipped."""
        query = f"SELECT {COLUMNS} FROM parked WHERE state = %s ORDER BY id LIMIT %s"  # noqa: S608
        rows = self._log.store.execute(lambda cursor: cursor.execute(query, (state, limit)).fetchall())
        return [parked_of(row) for row in rows]

    def count(self, aggregate: str | None = None) -> int:
        """How many wait, of one aggregate or of all."""
        query = "SELECT count(*) FROM parked WHERE state = 'waiting' AND (%s::text IS NULL OR aggregate = %s)"
        arguments = (aggregate, aggregate)
        return int(self._log.store.execute(lambda cursor: cursor.execute(query, arguments).fetchone())[0])  # type: ignore[index]

    def heads(self) -> list[Parked]:
        """The first waiting record of every aggregate: what the others wait for."""
        query = (
            f"SELECT DISTINCT ON (aggregate) {COLUMNS} FROM parked WHERE state = 'waiting'"  # noqa: S608
            " ORDER BY aggregate, id"
        )
        rows = self._log.store.execute(lambda cursor: cursor.execute(query).fetchall())
        return [parked_of(row) for row in rows]

    def show(self, identity: int) -> Parked:
        """One parked record. ParkingError when there is none of that number."""
        query = f"SELECT {COLUMNS} FROM parked WHERE id = %s"  # noqa: S608
        row = self._log.store.execute(lambda cursor: cursor.execute(query, (identity,)).fetchone())
        if row is None:
            raise ParkingError(f"no parked fact {identity}: `desk parked list` shows the numbers")
        return parked_of(row)

    def retry(self, aggregate: str) -> InboxResult:
        """Take everything parked for one aggregate up again; what still fails stays parked, in order. The result's
        `parked` counts all that still waits for it."""
        total: InboxResult = self._log.writer.submit_wait(Retry(aggregate))
        while total.refused:
            one: InboxResult = self._log.writer.submit_wait(Retry(aggregate, most=1))
            total.add(one)
            if one.refused or not one.taken:
                break
        self._log.look_for_divergence()
        total.parked = self.count(aggregate)
        return total

    def skip(self, identity: int, reason: str, by: str = "operator") -> bool:
        """Leave a parked record out for ever and go on behind it.

        Whether a tombstone stands at its ownerseq now: decisions on that aggregate are then refused as
        `replica_incomplete` until it is repaired. ParkingError without a reason, or when others wait before it.
        """
        row = self.show(identity)
        if not reason.strip():
            raise ParkingError("a skip needs a reason: it stands in the list for ever")
        if row.state != "waiting":
            raise ParkingError(f"parked fact {identity} was {row.state} already")
        first = self._log.store.execute(lambda cursor: waiting(cursor, row.aggregate))[0]
        if first.id != identity:
            raise ParkingError(f"order would break: fact {first.id} of the same aggregate waits before it")
        tombstone: bool = self._log.writer.submit_wait(Skip(row, reason.strip(), by))
        self.retry(row.aggregate)
        return tombstone

    def repair(self, aggregate: str) -> int:
        """Fold skipped facts in after all, when this release can: how many. The replica is complete again then."""
        restored: int = self._log.writer.submit_wait(Repair(aggregate))
        return restored
