"""Pages of the tickets view: equality filters, ordered by opened_at, keyset paging."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from desk.eventstore.connections.instants import mark_unread
from desk.eventstore.table_writer import DbCursor
from desk.projections.tickets import COLUMNS, TicketRow

FILTERS = ("status", "client", "priority", "queue", "technician", "kind", "origin", "source_record")
ENDED = "('closed', 'merged', 'gone')"


class Listing(NamedTuple):
    """The filters of a list: values by column, and the clients in the caller's scope (None: all)."""

    filters: Mapping[str, str]
    clients: Sequence[str] | None


def listed(cursor: DbCursor, listing: Listing, limit: int, after: Sequence[object] | None) -> list[TicketRow]:
    """At most `limit` rows after the key (opened_at, ticket_id). A cursor with tuple rows.

    A time that Python cannot hold is an `Unread` in its row.
    """
    where, values = _where(listing)
    if after is not None:
        where.append("(opened_at, ticket_id) > (%s::timestamptz, %s)")
        values += after
    clause = f"WHERE {' AND '.join(where)}" if where else ""
    query = f"SELECT {', '.join(COLUMNS)} FROM tickets {clause} ORDER BY opened_at, ticket_id LIMIT %s"  # noqa: S608
    mark_unread(cursor).execute(query, [*values, limit])
    return [TicketRow(*row) for row in cursor.fetchall()]


def _where(listing: Listing) -> tuple[list[str], list[Any]]:
    where: list[str] = []
    values: list[Any] = []
    for column in FILTERS:
        if column in listing.filters:
            where.append(f"{column} = %s")
            values.append(listing.filters[column])
    if "open" in listing.filters:
        negation = "NOT " if listing.filters["open"] == "true" else ""
        where.append(f"status {negation}IN {ENDED}")
    if listing.clients is not None:
        where.append("client = ANY(%s)")
        values.append(list(listing.clients))
    return where, values
