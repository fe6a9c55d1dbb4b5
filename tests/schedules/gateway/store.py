"""Intake's store in memory, with the rows of its gateway in the transaction of the facts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar, cast

from tests.schedules.gateway.cursor import GatewayCursor
from tests.schedules.gateway.rows import Rows

from desk.eventstore.planned.call_rows import PLANNED
from desk.eventstore.table_writer import Batch, DbCursor, View
from desk.testing.in_memory.event_log import WRITES, Crash, MemoryStore

T = TypeVar("T")


class GatewayStore(MemoryStore):
    """A store whose further writers and views execute their statements. `on_made` is called with each record that a
    call found written, once that is committed.
    """

    def __init__(self, now: Callable[[], datetime], views: Sequence[View]) -> None:
        super().__init__()
        self.rows, self._views = Rows(now), views
        self.cursor: Any = self.cursor_on(self.rows)
        self.changed: set[str] = set()
        self.on_made: Callable[[str], None] = lambda _record: None

    def cursor_on(self, rows: Rows) -> GatewayCursor:
        """The cursor of every transaction."""
        return GatewayCursor(self.parked, rows)

    def begin(self) -> None:
        """Begin a transaction."""
        self.rows.begin()

    def rollback(self) -> None:
        """Undo the transaction."""
        self.rows.rollback()

    def commit(self) -> None:
        """Make the transaction durable."""
        made, self.rows.made = self.rows.made, []
        for record in made:
            self.on_made(record)

    def execute(self, work: Callable[[DbCursor], T]) -> T:
        """Run statements in a transaction of their own. Raises Crash when one was requested and they write."""
        self.begin()
        try:
            found = work(cast(DbCursor, self.cursor))
            self._crash("before", self.rows.changed)
        except BaseException:
            self.rollback()
            raise
        wrote = self.rows.changed
        self.commit()
        self._crash("after", wrote)
        return found

    def _crash(self, order: str, wrote: bool) -> None:
        if wrote and self.crash == order:
            self.crash = ""
            raise Crash(f"{order} the commit")

    def append(self, batch: Batch) -> None:
        """Write everything or nothing. Raises Crash when one was requested."""
        order, self.crash = self.crash, ""
        if order == "before":
            raise Crash("before the commit")
        self.begin()
        try:
            self._statements(batch)
            own = [(writer, row) for writer, row in batch.writes if writer.name in WRITES]
            super().append(batch._replace(writes=own))
        except Exception:
            self.rollback()
            raise
        self.commit()
        self.changed.update(change.aggregate for change in batch.changes if change.event.origin != "import")
        if order == "after":
            raise Crash("after the commit")

    def _statements(self, batch: Batch) -> None:
        for view in self._views:
            view.apply(self.cursor, batch.changes)
        for writer, rows in batch.by_writer():
            if writer.name == PLANNED.name or writer.name not in WRITES:
                writer.write(self.cursor, rows)
