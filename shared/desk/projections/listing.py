"""Lists over read models: filters, the clients in the caller's scope, and keyset paging."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, TypeVar

import sqlalchemy as sa
from sqlalchemy.sql import operators

from desk.decision.principal import Principal
from desk.eventstore.connections.out_of_range_times import mark_unread
from desk.eventstore.store import Store
from desk.eventstore.table_writer import DbCursor
from desk.http.app.responses import JsonResponse
from desk.http.auth.access import visible_clients
from desk.http.reads.paging import Key, PageRequest, as_it_is
from desk.projections.statements import compiled

R = TypeVar("R")
Condition = sa.ColumnElement[bool]
Filters = Mapping[str, Condition | Mapping[str, Condition]]
"""Filter -> its condition on the parameter of that name, or value -> condition where each value has its own."""
_CONDITIONS = "conditions_of_the_caller"


class FilteredQuery:
    """A query of rows that have a client. Each part is compiled here, so make it at import.

    A caller adds filters and a scope. `client` is the column of the client, `wanted` its value by filter.
    """

    def __init__(self, select: sa.Select[Any], client: sa.ColumnElement[str], filters: Filters) -> None:
        statement = compiled(select.where(sa.literal_column(_CONDITIONS)))
        self._head, _, self._tail = statement.partition(_CONDITIONS)
        self._filters = {name: _parts(condition) for name, condition in filters.items()}
        self._scope = _part(client == sa.any_(sa.bindparam("scope")))

    def statement(
        self, wanted: Mapping[str, object], clients: Sequence[str] | None, *more: str
    ) -> tuple[bytes, dict[str, object]]:
        """The text and its parameters. A filter that is None selects nothing; `clients`: all if None."""
        values = {name: value for name, value in wanted.items() if value is not None}
        conditions = [self._condition(name, value) for name, value in values.items()]
        if clients is not None:
            conditions.append(self._scope)
            values["scope"] = list(clients)
        text = f"{self._head}{' AND '.join((*conditions, *more)) or 'true'}{self._tail}"
        return text.encode(), values

    def _condition(self, name: str, value: object) -> str:
        part = self._filters[name]
        return part if isinstance(part, str) else part[str(value)]


class Listing(Generic[R]):
    """A list in pages. `order`: columns of `select` that end with a unique id; `descending` applies to all of them.

    `row` makes a row of the selected columns, `key` its values of `order`, `name` its name in messages.
    """

    def __init__(
        self,
        select: sa.Select[Any],
        *,
        client: sa.ColumnElement[str],
        order: Sequence[sa.ColumnElement[Any]],
        filters: Filters,
        row: Callable[..., R],
        key: Callable[[R], Key],
        name: Callable[[R], str],
        descending: bool = False,
    ) -> None:
        self._row, self.key, self._name = row, key, name
        ordered = select.order_by(*((one.desc() for one in order) if descending else order))
        self._query = FilteredQuery(ordered.limit(sa.bindparam("limit")), client, filters)
        after = sa.tuple_(*(sa.cast(sa.bindparam(_after(place)), one.type) for place, one in enumerate(order)))
        self._after = _part(sa.tuple_(*order) < after if descending else sa.tuple_(*order) > after)

    def answer(
        self,
        store: Store,
        reader: Principal,
        wanted: Mapping[str, object],
        page: PageRequest,
        item: Callable[[R], object] = as_it_is,
    ) -> JsonResponse:
        """A page of the rows that match the filters and whose client the reader may see; `item`: a row as JSON."""
        clients = visible_clients(reader)
        rows = store.read(lambda reads: self.rows(reads.cursor, wanted, clients, page.limit + 1, page.after))
        return page.answer(rows, self.key, item, self._name)

    def rows(
        self,
        cursor: DbCursor,
        wanted: Mapping[str, object],
        clients: Sequence[str] | None,
        limit: int,
        after: Sequence[object] | None,
    ) -> list[R]:
        """At most `limit` rows in order, after the key `after`.

        A time that Python cannot hold is an `Unread` in its row.
        """
        more = () if after is None else (self._after,)
        text, values = self._query.statement(wanted, clients, *more)
        values |= {"limit": limit, **{_after(place): value for place, value in enumerate(after or ())}}
        return [self._row(*row) for row in mark_unread(cursor).execute(text, values)]


def _after(place: int) -> str:
    return f"after_{place}"


def _part(condition: Condition) -> str:
    return compiled(condition.self_group(against=operators.and_))


def _parts(condition: Condition | Mapping[str, Condition]) -> str | dict[str, str]:
    if isinstance(condition, Mapping):
        return {value: _part(one) for value, one in condition.items()}
    return _part(condition)
