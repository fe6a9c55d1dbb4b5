"""The list *would write* of calls to a PSA that policy `write-back` did not permit: table, projection, query, route.

Rows of facts are projected and can be rebuilt. Rows of planned calls that were forbidden when they were due (`at_call`)
are written with the outcome of the call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from fastapi import APIRouter
from msgspec.structs import asdict
from psycopg.types.json import Jsonb
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import JSONB
from starlette.responses import Response

from desk.contract.event import Event
from desk.contract.streams.policies import PolicyPublished
from desk.contract.ticket.ticket import Ticket
from desk.decision.policies.intake import WriteBack
from desk.eventstore.table_writer import AppliedEvent, DbCursor, Row, TableWriter
from desk.http.app.schemas import returns
from desk.http.auth.access import Staff
from desk.http.reads.page import Page
from desk.http.reads.paging import Paged, Wanted
from desk.policies.write_back import POLICY, WritePlace, covers, level_of
from desk.projections.listing import Listing
from desk.projections.statements import TIME, compiled, delete_rows
from desk.service.parts import Parts
from desk_intake.responses import WithheldCall, WithheldRow

if TYPE_CHECKING:
    from desk_intake.psa.write_back.gate import Denial

What = Mapping[str, object]
NUMBERS = sa.Sequence("psa_would_write_number_seq")
WITHHELD = sa.Table(
    "psa_would_write",
    sa.MetaData(),
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("number", sa.BigInteger, NUMBERS, server_default=NUMBERS.next_value(), nullable=False),
    sa.Column("ticket_id", sa.Text, nullable=False),
    sa.Column("instance", sa.Text, nullable=False),
    sa.Column("record", sa.Text),
    sa.Column("board", sa.Text),
    sa.Column("client", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("needs", sa.Text, nullable=False),
    sa.Column("permits", sa.Text, nullable=False),
    sa.Column("what", JSONB, nullable=False),
    sa.Column("cause", sa.Uuid),
    sa.Column("at", TIME, nullable=False),
    sa.Column("at_call", sa.Boolean, nullable=False, server_default=sa.false()),
)
c = WITHHELD.columns
sa.Index("psa_would_write_at_idx", c.at, c.number)
sa.Index("psa_would_write_ticket_idx", c.ticket_id, c.at, c.number)


AT_ONCE = timedelta(seconds=2)
"""Within this time after publication a fact may have been decided before the version was in force here."""


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


def _insert() -> bytes:
    """Insert a row, unless its fields differ in the same way as those of the ticket's row before it."""
    before = WITHHELD.alias("before").columns
    sync: sa.ColumnElement[str] = sa.literal_column("'psa-sync'")
    row = {name: sa.bindparam(name, type_=c[name].type) for name in WouldWrite._fields}
    values = {**row, "at": sa.func.coalesce(row["at"], sa.func.now())}
    last = (
        sa.select(before.what)
        .where(before.ticket_id == row["ticket_id"], before.kind == sync)
        .order_by(before.at.desc(), before.number.desc())
        .limit(sa.literal_column("1"))
        .scalar_subquery()
    )
    new = sa.or_(row["kind"] != sync, row["what"].is_distinct_from(last))
    rows = sa.select(*values.values()).where(new)
    insert = postgresql.insert(WITHHELD).from_select(list(values), rows, include_defaults=False)
    return compiled(insert.on_conflict_do_nothing(index_elements=[c.id])).encode()


INSERT = _insert()


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
    table = WITHHELD

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


UNTIL = sa.cast(sa.bindparam("until"), TIME)
JUDGED = compiled(
    sa.select(c.id, c.needs, c.instance, c.board, c.client).where(
        c.at > sa.bindparam("since"), sa.or_(UNTIL.is_(None), c.at < UNTIL), sa.not_(c.at_call)
    )
).encode()


DELETE = delete_rows(WITHHELD, (c.id,))


def _judge_again(cursor: DbCursor, policy: WriteBack, since: datetime, until: datetime | None) -> None:
    """Delete rows that a version permits in its time: a restored store may get tickets back before policies."""
    rows = cursor.execute(JUDGED, {"since": since + AT_ONCE, "until": until}).fetchall()
    places = ((identity, needs, WritePlace(*place)) for identity, needs, *place in rows)
    DELETE(cursor, [(identity,) for identity, needs, place in places if covers(level_of(policy, place), needs)])


def with_reason(row: WithheldRow) -> WithheldCall:
    """The call in the response."""
    board = f", board {row.board}" if row.board else ""
    place = f"{row.instance}{board}, client {row.client}"
    why = f"write-back permits {row.permits} for {place}; this needs {row.needs}"
    return WithheldCall(**asdict(row), why=why)


LISTED = Listing(
    sa.select(*(c[name] for name in WithheldRow.__struct_fields__)),
    client=c.client,
    order=(c.at, c.number),
    descending=True,
    filters={
        "client": c.client == sa.bindparam("client"),
        "board": c.board == sa.bindparam("board"),
        "instance": c.instance == sa.bindparam("instance"),
        "ticket": c.ticket_id == sa.bindparam("ticket"),
    },
    row=WithheldRow,
    key=lambda row: (row.at, row.number),
    name=lambda row: f"call {row.id}",
)
"""Calls that were not made, the newest first."""


def would_write_routes(parts: Parts) -> APIRouter:
    """The route of the list."""
    router, store = APIRouter(tags=["psa"]), parts.service.log.store

    @router.get(
        "/would-write",
        summary="List calls to the PSA that policy write-back withheld",
        response_model=None,
        responses=returns(Page[WithheldCall], "Calls, the newest first"),
    )
    def listing(
        reader: Staff,
        page: Paged,
        client: Wanted = None,
        board: Wanted = None,
        instance: Wanted = None,
        ticket: Wanted = None,
    ) -> Response:
        wanted = {"client": client, "board": board, "instance": instance, "ticket": ticket}
        return LISTED.answer(store, reader, wanted, page, with_reason)

    return router
