"""Shared parts of this service's lists: filters, client scope, keyset paging, and bulk writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from desk.eventstore.connections.instants import mark_unread
from desk.eventstore.table_writer import DbCursor

Row = tuple[Any, ...]


class Listing(NamedTuple):
    """A query joined with table `tickets` as `t`. `after`: the condition for rows after the values of `keys`.

    `filters`: the condition that each filter adds. Statements are fixed text; values are passed as parameters.
    """

    query: str
    order: str
    after: str
    keys: tuple[str, ...]
    filters: Mapping[str, str]

    def rows(
        self,
        cursor: DbCursor,
        wanted: Mapping[str, Any],
        scope: Sequence[str] | None,
        limit: int,
        after: Sequence[Any] | None,
    ) -> list[Row]:
        """At most `limit` rows in order. `wanted`: values by filter; `scope`: clients that may be seen (None: all).

        A time that Python cannot hold is an `Unread` in its row.
        """
        query, values = self.query + "".join(self.filters[name] for name in wanted), {**wanted, "limit": limit}
        if scope is not None:
            query, values["scope"] = f"{query} AND t.client = ANY(%(scope)s)", list(scope)
        if after is not None:
            query += self.after
            values |= dict(zip(self.keys, after, strict=True))
        return mark_unread(cursor).execute(f"{query}{self.order} LIMIT %(limit)s".encode(), values).fetchall()


def write(cursor: DbCursor, statement: str, rows: Sequence[Row]) -> None:
    """Run a statement with one array per column of the rows; do nothing without rows."""
    if rows:
        cursor.execute(statement, [list(column) for column in zip(*rows, strict=True)], prepare=True)
