"""Rows of the states of PSA records, and whether each was observed as a transition."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from desk.contract.ticket.intake import psa
from desk.eventstore.table_writer import AppliedEvent, DbCursor, Row, TableWriter
from desk.projections.statements import TIME, BulkWrite, compiled, given, insert_new
from desk_intake.psa.observe.late_states import StatusPoint
from desk_intake.psa.observed_record_types import ObservedTicket

STATES = sa.Table(
    "psa_revisions",
    sa.MetaData(),
    sa.Column("instance", sa.Text, primary_key=True),
    sa.Column("record", sa.Text, primary_key=True),
    sa.Column("revision", sa.Text, primary_key=True),
    sa.Column("at", TIME, nullable=False),
    sa.Column("status", sa.Text),
    sa.Column("status_class", sa.Text, nullable=False, server_default="none"),
    sa.Column("written_by", sa.Text, nullable=False, server_default=""),
    sa.Column("own", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("told", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("seen", TIME, nullable=False, server_default=sa.func.now()),
)
c = STATES.columns
sa.Index("psa_revisions_at_idx", c.instance, c.record, c.at)
POINT = (c.at, c.status, c.status_class, c.revision, c.written_by, c.own, c.told)
"""The columns of a StatusPoint, in its order."""
OF_RECORD = sa.and_(c.instance == sa.bindparam("instance"), c.record == sa.bindparam("record"))
NEWEST = compiled(sa.select(sa.func.max(c.at)).where(OF_RECORD)).encode()
TIMELINE = compiled(sa.select(*POINT).where(OF_RECORD).order_by(c.at)).encode()
SEEN = insert_new(STATES, (c.instance, c.record, *POINT))
PURGE = "DELETE FROM psa_revisions WHERE seen < now() - %s"
KEPT = timedelta(days=180)
"""Age from which replays and late states are not detected."""


def _observed() -> BulkWrite:
    """Insert an observed state, or mark it as observed."""
    rows = given(c.instance, c.record, *POINT)
    insert = postgresql.insert(STATES).from_select(rows.columns.keys(), sa.select(*rows.columns))
    marked = insert.on_conflict_do_update(
        index_elements=[c.instance, c.record, c.revision], set_={"told": sa.true()}, where=sa.not_(c.told)
    )
    return BulkWrite(marked, rows)


def _unknown() -> bytes:
    rows = given(c.record, c.revision)
    recorded = sa.exists().where(
        c.instance == sa.bindparam("instance"), c.record == rows.c.record, c.revision == rows.c.revision
    )
    return compiled(sa.select(*rows.columns).where(sa.not_(recorded))).encode()


OBSERVED, UNKNOWN = _observed(), _unknown()


def mark_seen(cursor: DbCursor, instance: str, seen: ObservedTicket) -> None:
    """Store a state that a call of ours left or found, as a read would."""
    SEEN(cursor, [(instance, seen.record, *StatusPoint.of(seen))])


def purge_revisions(cursor: DbCursor) -> None:
    """Delete states beyond their retention."""
    cursor.execute(PURGE, (KEPT,))


REVISIONS = TableWriter("psa revisions", 14, SEEN)
"""Rows (instance, record, fields of a StatusPoint): states of records that were read."""


class PsaRevisionsView:
    """Implements `View`. Rebuilds the observed transitions from facts, so that a restored store, which reads the
    change log again from an earlier position, does not observe them twice."""

    name = "psa-revisions"
    version = 1
    tables = (STATES,)

    def apply(self, cursor: DbCursor, changes: Sequence[AppliedEvent]) -> None:
        rows = [row for change in changes if change.own for row in _transition(change)]
        OBSERVED(cursor, list({row[:2] + row[5:6]: row for row in reversed(rows)}.values()))

    def clear(self, cursor: DbCursor) -> None:
        """Keep all rows: a state that needed no observation is in no fact and could not be rebuilt."""


def _transition(change: AppliedEvent) -> Iterator[Row]:
    event, data = change.event, change.event.data
    if isinstance(data, psa.PsaObserved) and "status" in data.changed and event.origin != "import":
        point = (event.time, data.status_id, data.status_class, data.revision, data.psa_actor, False, True)
        yield (data.instance, data.record, *point)


def newest_change(cursor: DbCursor, instance: str, record: str) -> datetime | None:
    """Time of the newest recorded state's last change; None without one."""
    row = cursor.execute(NEWEST, {"instance": instance, "record": record}).fetchone()
    assert row is not None
    newest: datetime | None = row[0]
    return newest


def recorded_states(cursor: DbCursor, instance: str, record: str) -> list[StatusPoint]:
    """All recorded states of a record, the oldest first."""
    return [StatusPoint(*row) for row in cursor.execute(TIMELINE, {"instance": instance, "record": record})]


def unknown_revisions(cursor: DbCursor, instance: str, revisions: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
    """The (record, revision) pairs that were never read."""
    records, names = [record for record, _ in revisions], [revision for _, revision in revisions]
    return set(cursor.execute(UNKNOWN, {"instance": instance, "record": records, "revision": names}).fetchall())
