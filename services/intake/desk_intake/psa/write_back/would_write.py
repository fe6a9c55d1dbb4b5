"""The list *would write* of calls to a PSA that policy `write-back` did not permit: table, projection, query, route.

Rows of facts are projected and can be rebuilt. Rows of planned calls that were forbidden when they were due (`at_call`)
are written with the outcome of the call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from psycopg.types.json import Jsonb
from starlette.responses import Response

from desk.contract.event import Event
from desk.contract.streams.policies import PolicyPublished
from desk.contract.ticket.ticket import Ticket
from desk.decision.policies.intake import WriteBack
from desk.eventstore.table_writer import AppliedEvent, DbCursor, Row, TableWriter
from desk.http.auth.access import Staff
from desk.http.reads.paging import PageRequest, paging
from desk.policies.write_back import POLICY, WritePlace, covers, level_of
from desk.service.parts import Parts

if TYPE_CHECKING:
    from desk_intake.psa.write_back.gate import Denial

What = Mapping[str, Any]
Word = Annotated[str | None, Query(max_length=200)]
INSERT = (
    "INSERT INTO psa_would_write"
    " (id, ticket_id, instance, record, board, client, kind, needs, permits, what, cause, at, at_call)"
    " SELECT %(id)s, %(ticket_id)s, %(instance)s, %(record)s, %(board)s, %(client)s, %(kind)s, %(needs)s,"
    " %(permits)s, %(what)s, %(cause)s, coalesce(%(at)s, now()), %(at_call)s"
    # fields that differ in the same way after another fact stay one row
    " WHERE %(kind)s <> 'psa-sync' OR %(what)s IS DISTINCT FROM (SELECT w.what FROM psa_would_write w"
    " WHERE w.ticket_id = %(ticket_id)s AND w.kind = 'psa-sync' ORDER BY w.at DESC, w.number DESC LIMIT 1)"
    " ON CONFLICT (id) DO NOTHING"
)
LISTED = (
    "SELECT id, at, ticket_id, instance, record, board, client, kind, what, needs, permits, cause, number"
    " FROM psa_would_write WHERE true"
)
FILTERS = {
    "client": " AND client = %(client)s",
    "board": " AND board = %(board)s",
    "instance": " AND instance = %(instance)s",
    "ticket": " AND ticket_id = %(ticket)s",
}
JUDGED = (
    "SELECT id, needs, instance, board, client FROM psa_would_write WHERE at > %s"
    " AND (%s::timestamptz IS NULL OR at < %s) AND NOT at_call"
)
AT_ONCE = timedelta(seconds=2)
"""Within this time after publication a fact may have been decided before the version was in force here."""
AFTER = " AND (at, number) < (%(after_at)s::timestamptz, %(after_number)s)"


class WouldWrite(NamedTuple):
    """One call that was not made. `what`: coded fields, or the note's kind and cause; never a person's text."""

    id: UUID
    ticket_id: str
    instance: str
    record: str | None
    board: str | None
    client: str
    kind: str
    needs: str
    permits: str
    what: What
    cause: UUID | None = None
    at: datetime | None = None
    at_call: bool = False

    @classmethod
    def of(cls, identity: UUID, kind: str, ticket: Ticket, verdict: Denial, what: What) -> WouldWrite:
        """The row of a call about a ticket, without its times."""
        place = verdict.place
        return cls(
            identity,
            "",
            place.instance,
            ticket.intake.record,
            place.board,
            place.client or ticket.intake.client,
            kind,
            verdict.needs,
            verdict.permits,
            what,
        )


def _write(cursor: DbCursor, rows: Sequence[Row]) -> None:
    for row in rows:
        values = WouldWrite(*row)._asdict()
        cursor.execute(INSERT, {**values, "what": Jsonb(values["what"])})


WOULD_WRITE = TableWriter("psa would write", 45, _write)
Unpermitted = Callable[[Event, Ticket], Iterator[WouldWrite]]
NextChange = Callable[[datetime], datetime | None]
"""The next change of the policy after a time, or None."""


class WouldWriteView:
    """Implements desk.eventstore.table_writer.View."""

    name = "would-write"
    version = 1

    def __init__(self, unpermitted: Unpermitted, next_change: NextChange) -> None:
        self._unpermitted, self._next_change = unpermitted, next_change

    def apply(self, cursor: DbCursor, changes: Sequence[AppliedEvent]) -> None:
        live = (c for c in changes if c.event.origin != "import" and isinstance(c.state, Ticket))
        found = (row for c in live if not c.state.intake.imported for row in self._unpermitted(c.event, c.state))
        _write(cursor, list(found))
        for change in changes:
            data = change.event.data
            if isinstance(data, PolicyPublished) and data.policy == POLICY:
                since = max(change.event.recordedtime, data.effective_from)
                _judge_again(cursor, WriteBack.model_validate(data.content), since, self._next_change(since))

    def clear(self, cursor: DbCursor) -> None:
        cursor.execute("DELETE FROM psa_would_write WHERE NOT at_call")


def _judge_again(cursor: DbCursor, policy: WriteBack, since: datetime, until: datetime | None) -> None:
    """Delete rows that a version permits in its time: a restored store may get tickets back before policies."""
    rows = cursor.execute(JUDGED, (since + AT_ONCE, until, until)).fetchall()
    places = ((identity, needs, WritePlace(*place)) for identity, needs, *place in rows)
    permitted = [(identity,) for identity, needs, place in places if covers(level_of(policy, place), needs)]
    cursor.executemany("DELETE FROM psa_would_write WHERE id = %s", permitted)


def would_write(
    cursor: DbCursor, filters: Mapping[str, str], scope: Sequence[str] | None, limit: int, after: Sequence[Any] | None
) -> list[dict[str, Any]]:
    """At most `limit` rows, newest first; `scope`: the visible clients (None: all)."""
    query, values = LISTED + "".join(FILTERS[name] for name in filters), {**filters, "limit": limit}
    if scope is not None:
        query, values = f"{query} AND client = ANY(%(scope)s)", {**values, "scope": list(scope)}
    if after is not None:
        query, values = query + AFTER, {**values, "after_at": after[0], "after_number": after[1]}
    rows = cursor.execute(f"{query} ORDER BY at DESC, number DESC LIMIT %(limit)s".encode(), values)
    columns = [column.name for column in rows.description or ()]
    return [_said(dict(zip(columns, row, strict=True))) for row in rows]


def _said(row: dict[str, Any]) -> dict[str, Any]:
    board = f", board {row['board']}" if row["board"] else ""
    place = f"{row['instance']}{board}, client {row['client']}"
    return {**row, "why": f"write-back permits {row['permits']} for {place}; this needs {row['needs']}"}


def would_write_routes(parts: Parts) -> APIRouter:
    """The route of the list."""
    router = APIRouter(tags=["psa"])

    @router.get("/would-write", summary="List calls to the PSA that policy write-back withheld", response_model=None)
    def listing(
        reader: Staff,
        page: Annotated[PageRequest, Depends(paging)],
        client: Word = None,
        board: Word = None,
        instance: Word = None,
        ticket: Word = None,
    ) -> Response:
        given = {"client": client, "board": board, "instance": instance, "ticket": ticket}
        wanted = {name: value for name, value in given.items() if value is not None}
        scope = None if reader.clients == "*" else sorted(reader.clients)
        store = parts.service.log.store
        rows = store.execute(lambda cursor: would_write(cursor, wanted, scope, page.limit + 1, page.after))
        return page.answer(rows, lambda row: (row["at"], row["number"]))

    return router
