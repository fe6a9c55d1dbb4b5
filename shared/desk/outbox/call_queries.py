"""Lists and counts of outbound calls."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from desk.decision.planning import OutboundCall
from desk.eventstore.table_writer import DbCursor
from desk.outbox.ledger import COLUMNS, OPEN

WIDTH = len(OutboundCall._fields)
STATES = {
    "open": ("planned", "sent", "unknown"),
    **{state: (state,) for state in ("planned", "sent", "unknown", "done", "failed", "superseded")},
}
"""Filter of a list -> the states of calls that it matches."""


class Listed(NamedTuple):
    """A listed call. `refused`: the time since which the vendor has refused it without a break."""

    planned: OutboundCall
    since: datetime
    next: datetime
    ended: datetime | None
    detail: str
    vendor_key: str
    refused: datetime | None


def listed(
    cursor: DbCursor, state: str | None = None, identity: UUID | None = None, limit: int = 1000, beginning: str = ""
) -> list[Listed]:
    """Calls in a state (None: any), with one id, or with ids that start with `beginning`.

    Open calls come first, the oldest first; then ended calls, the latest end first. The state `open` means planned,
    sent and unknown.
    """
    query = (
        f"SELECT {COLUMNS}, planned, next, ended, detail, vendor_key, refused FROM effects"  # noqa: S608
        " WHERE (%(states)s::text[] IS NULL OR state = ANY(%(states)s)) AND (%(id)s::uuid IS NULL OR id = %(id)s)"
        f" AND starts_with(id::text, %(beginning)s) ORDER BY NOT ({OPEN}), ended DESC NULLS LAST, planned, id"
        " LIMIT %(limit)s"
    )
    states = None if state is None else list(STATES[state])
    values = {"states": states, "id": identity, "beginning": beginning, "limit": limit}
    rows = cursor.execute(query, values).fetchall()
    return [Listed(OutboundCall(*row[:WIDTH]), *row[WIDTH:]) for row in rows]


def counts(cursor: DbCursor) -> dict[tuple[str, str], int]:
    """(kind, state) -> number of calls."""
    rows = cursor.execute("SELECT kind, state, count(*) FROM effects GROUP BY 1, 2").fetchall()
    return {(kind, state): number for kind, state, number in rows}
