"""Rows of the states of PSA records, and whether each was observed as a transition."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from desk.contract.ticket.intake import psa
from desk.eventstore.table_writer import AppliedEvent, DbCursor, Row, TableWriter
from desk_intake.psa.observe.late_states import StatusPoint
from desk_intake.psa.observed import ObservedTicket

SEEN = (
    "INSERT INTO psa_revisions (instance, record, at, status, status_class, revision, written_by, own, told)"
    " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING"
)
OBSERVED = (
    "INSERT INTO psa_revisions (instance, record, at, status, status_class, revision, written_by, own, told)"
    " VALUES (%s, %s, %s, %s, %s, %s, %s, false, true) ON CONFLICT (instance, record, revision)"
    " DO UPDATE SET told = true WHERE NOT psa_revisions.told"
)


def _seen(cursor: DbCursor, rows: list[Any]) -> None:
    cursor.executemany(SEEN, rows)


def mark_seen(cursor: DbCursor, instance: str, seen: ObservedTicket) -> None:
    """Store a state that a call of ours left or found, as a read would."""
    cursor.execute(SEEN, (instance, seen.record, *StatusPoint.of(seen)))


REVISIONS = TableWriter("psa revisions", 14, _seen)
"""Rows (instance, record, fields of a StatusPoint): states of records that were read."""


class PsaRevisionsView:
    """Implements `View`. Rebuilds the observed transitions from facts, so that a restored store, which reads the
    change log again from an earlier position, does not observe them twice."""

    name = "psa-revisions"
    version = 1

    def apply(self, cursor: DbCursor, changes: Sequence[AppliedEvent]) -> None:
        rows = [row for change in changes if change.own for row in _observed(change)]
        if rows:
            cursor.executemany(OBSERVED, rows)

    def clear(self, cursor: DbCursor) -> None:
        """Keep all rows: a state that needed no observation is in no fact and could not be rebuilt."""


def _observed(change: AppliedEvent) -> Iterator[Row]:
    event, data = change.event, change.event.data
    if isinstance(data, psa.PsaObserved) and "status" in data.changed and event.origin != "import":
        yield (
            data.instance,
            data.record,
            event.time,
            data.status_id,
            data.status_class,
            data.revision,
            data.psa_actor,
        )
