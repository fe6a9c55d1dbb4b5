"""What the lists of this service share: filters, client scope, keyset paging, and writing many rows at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from desk.eventstore.connections.instants import mark_unread
from desk.eventstore.table_writer import DbCursor

Row = tuple[Any, ...]


class Listing(NamedTuple):
    """A list joined with table `tickets` as `t`. `after` is the condition of what follows the values of `keys`.

    `filters`: what each filter adds. Only these statements reach the database; values are passed beside them.
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
        """At most `limit` rows in order; `wanted` by `filters`, `scope` the clients that may be seen (None: all).

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
    """Run a statement over columns made of the rows; nothing when there are none."""
    if rows:
        cursor.execute(statement, [list(column) for column in zip(*rows, strict=True)], prepare=True)
