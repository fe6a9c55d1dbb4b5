"""Administration of parked records: list, show, retry, skip with a reason."""

from __future__ import annotations

from desk.eventstore.errors import ParkingError
from desk.eventstore.event_log import EventLog
from desk.inbox.inbox_result import InboxResult
from desk.inbox.parked_rows import COLUMNS, Parked, parked_of, waiting
from desk.inbox.refold_skipped import Repair
from desk.inbox.retry_parked import Retry, Skip


class Parking:
    """The parked records of one service. Methods block, and may be called from any thread."""

    def __init__(self, log: EventLog) -> None:
        self._log = log

    def listed(self, *, limit: int = 1000, state: str = "waiting") -> list[Parked]:
        """Parked records, oldest first. `state` is waiting or skipped."""
        query = f"SELECT {COLUMNS} FROM parked WHERE state = %s ORDER BY id LIMIT %s"  # noqa: S608
        rows = self._log.store.execute(lambda cursor: cursor.execute(query, (state, limit)).fetchall())
        return [parked_of(row) for row in rows]

    def count(self, aggregate: str | None = None) -> int:
        """The number of waiting records, of one aggregate or of all."""
        query = "SELECT count(*) FROM parked WHERE state = 'waiting' AND (%s::text IS NULL OR aggregate = %s)"
        arguments = (aggregate, aggregate)
        return int(self._log.store.execute(lambda cursor: cursor.execute(query, arguments).fetchone())[0])  # type: ignore[index]

    def heads(self) -> list[Parked]:
        """The first waiting record of every aggregate; the others wait behind it."""
        query = (
            f"SELECT DISTINCT ON (aggregate) {COLUMNS} FROM parked WHERE state = 'waiting'"  # noqa: S608
            " ORDER BY aggregate, id"
        )
        rows = self._log.store.execute(lambda cursor: cursor.execute(query).fetchall())
        return [parked_of(row) for row in rows]

    def show(self, identity: int) -> Parked:
        """One parked record. ParkingError when there is none with that number."""
        query = f"SELECT {COLUMNS} FROM parked WHERE id = %s"  # noqa: S608
        row = self._log.store.execute(lambda cursor: cursor.execute(query, (identity,)).fetchone())
        if row is None:
            raise ParkingError(f"no parked fact {identity}: `desk parked list` shows the numbers")
        return parked_of(row)

    def retry(self, aggregate: str) -> InboxResult:
        """Apply the parked records of one aggregate again; those that still fail stay parked, in order. The result's
        `parked` counts all records that still wait."""
        total = self._log.writer.submit_wait(Retry(aggregate))
        while total.refused:
            one = self._log.writer.submit_wait(Retry(aggregate, most=1))
            total.add(one)
            if one.refused or not one.taken:
                break
        self._log.look_for_divergence()
        total.parked = self.count(aggregate)
        return total

    def skip(self, identity: int, reason: str, by: str = "operator") -> bool:
        """Skip a parked record for ever and apply the records behind it.

        Returns whether its ownerseq now has a tombstone: decisions on that aggregate are then refused as
        `replica_incomplete` until it is repaired. ParkingError without a reason, or when others wait before it.
        """
        row = self.show(identity)
        if not reason.strip():
            raise ParkingError("a skip needs a reason: it stays in the list for ever")
        if row.state != "waiting":
            raise ParkingError(f"parked fact {identity} was {row.state} already")
        first = self._log.store.execute(lambda cursor: waiting(cursor, row.aggregate))[0]
        if first.id != identity:
            raise ParkingError(f"order would break: fact {first.id} of the same aggregate waits before it")
        tombstone = self._log.writer.submit_wait(Skip(row, reason.strip(), by))
        self.retry(row.aggregate)
        return tombstone

    def repair(self, aggregate: str) -> int:
        """Fold skipped facts in, when this release can; returns their number. The replica is then complete again."""
        return self._log.writer.submit_wait(Repair(aggregate))
