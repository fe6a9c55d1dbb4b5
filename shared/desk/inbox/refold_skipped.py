"""Folds skipped facts in later, when a release can read them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from desk.eventstore.table_writer import SKIPPED, DbCursor, Row, TableWriter
from desk.eventstore.unit_of_work.decision_runner import DecisionRunner
from desk.eventstore.unit_of_work.unit_of_work import UnitOfWork
from desk.eventstore.unit_of_work.work_items import TryNext, WorkItem

RESTORE = "UPDATE stored_events SET topic = substr(topic, %s) WHERE originator_id = %s AND topic LIKE 'skipped:%%'"


def _restore(cursor: DbCursor, rows: list[Row]) -> None:
    for (aggregate,) in rows:
        cursor.execute(RESTORE, (len(SKIPPED) + 1, aggregate))
        cursor.execute("DELETE FROM snapshots WHERE aggregate = %s", (aggregate,))


RESTORED = TableWriter("restored", 64, _restore)


class Repair(NamedTuple):
    """Folds the skipped facts of an aggregate into its state; the result is their number.

    The replica is then complete. There are no reactions to these facts, and views contain them after a rebuild. Fails
    with the error of the first fact that still cannot be folded.
    """

    aggregate: str

    @property
    def aggregates(self) -> Sequence[str]:
        return (self.aggregate,)

    @property
    def recheck_if_unchanged(self) -> bool:
        return False

    def run(self, work: UnitOfWork, runner: DecisionRunner) -> int:
        if any(aggregate == self.aggregate for aggregate, _ in work.touched()):
            raise TryNext
        restored = work.refold(self.aggregate)
        work.write(RESTORED, (self.aggregate,))
        return restored

    def on_failure(self, error: Exception) -> WorkItem[int] | None:
        return None
