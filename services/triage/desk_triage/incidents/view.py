"""The read model `incidents`: the state of every major incident, by which lists and proposals find them."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from desk.contract.streams.incident import Incident
from desk.eventstore.table_writer import AppliedEvent, DbCursor
from desk.projections.statements import TIME, compiled, upsert

INCIDENTS = sa.Table(
    "incidents",
    sa.MetaData(),
    sa.Column("incident_id", sa.Text, primary_key=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("onset", TIME),
)
c = INCIDENTS.columns
sa.Index("incidents_state_idx", c.state, c.onset, c.incident_id)
UPSERT = upsert(INCIDENTS)
LISTED = compiled(
    sa.select(c.incident_id)
    .where(c.state == sa.bindparam("of_state"))
    .order_by(c.onset.desc().nulls_last(), c.incident_id)
    .limit(sa.bindparam("limit"))
).encode()


class IncidentsView:
    """Implements desk.eventstore.table_writer.View: upserts the row of every incident that a group of facts changed."""

    name = "incidents"
    version = 1
    table = INCIDENTS
    instants = ("onset",)

    def apply(self, cursor: DbCursor, changes: Sequence[AppliedEvent]) -> None:
        states = {change.event.subject: change.state for change in changes if isinstance(change.state, Incident)}
        UPSERT(cursor, [(subject, state.state, state.onset) for subject, state in sorted(states.items())])

    def clear(self, cursor: DbCursor) -> None:
        cursor.execute("TRUNCATE incidents")


def incidents_in(cursor: DbCursor, state: str, limit: int) -> list[str]:
    """The ids of the incidents in that state, the newest onset first."""
    rows = cursor.execute(LISTED, {"of_state": state, "limit": limit}).fetchall()
    return [row[0] for row in rows]
