"""Queries of the peers' stores in the same PostgreSQL: one statement for all, so that no fact is seen without its
cause."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from psycopg.sql import SQL, Composed, Identifier, Literal

from desk.bus.local.causal_merge import Published
from desk.contract.event import Stream
from desk.eventstore.aggregate_id import aggregate_of
from desk.eventstore.store import Store
from desk.eventstore.table_writer import DbCursor
from desk.inbox.ports import Fetched

EDGE = SQL(
    "(SELECT {peer}, -coalesce((SELECT max(notification_id) FROM {schema}.stored_events WHERE own), 0), epoch::text,"
    " now(), ''::bytea, NULL::bytea FROM {schema}.relay)"
)
PAGE = SQL(
    "(SELECT {peer}, notification_id, originator_id, recorded, state, signature FROM {schema}.stored_events"
    " WHERE own AND notification_id > %s ORDER BY notification_id LIMIT %s)"
)
COPIED = SQL(
    "SELECT count(*) FILTER (WHERE epoch = %s AND position > %s), count(*) FILTER (WHERE epoch = %s)"
    " FROM {schema}.positions WHERE source = %s"
)
FOREIGN = SQL(
    "SELECT originator_id, owner, ownerseq, recorded, event_id, state, signature FROM {schema}.stored_events AS copy"
    " WHERE owner = {owner} AND recorded > %s"
    " AND NOT EXISTS (SELECT FROM stored_events AS mine WHERE mine.event_id = copy.event_id)"
)
OWN_LASTS = SQL("SELECT originator_id, max(ownerseq) FROM {schema}.stored_events WHERE own GROUP BY 1")
WANTED = SQL(
    "SELECT f.originator_id, f.owner, f.ownerseq, f.recorded, f.event_id, f.state, f.signature FROM"
    " unnest(%s::text[], %s::text[], %s::bigint[], %s::bigint[]) AS want(aggregate, owner, after, upto)"
    " JOIN {schema}.stored_events AS f ON f.originator_id = want.aggregate AND f.owner = want.owner"
    " AND f.ownerseq > want.after AND f.ownerseq <= want.upto"
)
OWN_OF = SQL(
    "SELECT state, signature FROM {schema}.stored_events WHERE originator_id = %s AND own AND ownerseq > %s"
    " ORDER BY originator_version LIMIT 10000"
)
UNION = SQL(" UNION ALL ")
NO_TIME = datetime(1, 1, 2, tzinfo=UTC)


def epochs(cursor: DbCursor, peers: Sequence[str]) -> dict[str, str]:
    """The epoch of each peer's store; peers without a store yet are left out."""
    return {peer: edge.epoch for peer, edge in edges(cursor, peers).items()}


class Edge(NamedTuple):
    """The last own position of a peer's store, and its epoch."""

    epoch: str
    last: int


class Pages(NamedTuple):
    """Facts after the given positions, and the edge of every store, in one consistent snapshot."""

    facts: dict[str, list[Published]]
    edges: dict[str, Edge]


class Copy(NamedTuple):
    """A fact as stored by some service."""

    aggregate: str
    owner: str
    ownerseq: int
    recorded: datetime
    event_id: UUID
    raw: bytes
    signature: bytes | None = None


class OwnerRange(NamedTuple):
    """The facts of an owner on one aggregate with `after` < ownerseq <= `upto`."""

    aggregate: str
    owner: str
    after: int
    upto: int


def pages(cursor: DbCursor, positions: Mapping[str, int], limit: int, edge_only: Sequence[str] = ()) -> Pages:
    """For each peer at most `limit` own facts after its position. Of the stores `edge_only` only the edge is read."""
    statement = _pages(tuple(positions), tuple(edge_only))
    found = Pages({peer: [] for peer in positions}, {})
    arguments = [value for position in positions.values() for value in (position, limit)]
    for row in cursor.execute(statement, arguments, prepare=True, binary=True).fetchall():
        if row[1] > 0:
            found.facts[row[0]].append(Published(*row))
        else:
            found.edges[row[0]] = Edge(row[2], -row[1])
    return found


@lru_cache(maxsize=64)
def _pages(peers: tuple[str, ...], edge_only: tuple[str, ...]) -> bytes:
    """The text of a statement of `pages`, composed once: each turn of each service executes it."""
    parts = [PAGE.format(peer=Literal(peer), schema=Identifier(peer)) for peer in peers]
    return UNION.join([*parts, *map(_edge, (*peers, *edge_only))]).as_bytes(None)


def edges(cursor: DbCursor, peers: Sequence[str]) -> dict[str, Edge]:
    """The edge of each peer's store. Peers without a store are left out."""
    there = existing(cursor, peers)
    rows = cursor.execute(UNION.join(map(_edge, there))).fetchall() if there else []
    return {row[0]: Edge(row[2], -row[1]) for row in rows}


def existing(cursor: DbCursor, peers: Sequence[str]) -> list[str]:
    """Those of `peers` that have a store."""
    query = "SELECT peer FROM unnest(%s::text[]) AS peer WHERE to_regclass(quote_ident(peer) || '.relay') IS NOT NULL"
    return [row[0] for row in cursor.execute(query, (list(peers),))]


def ahead(cursor: DbCursor, owner: str, mine: Edge, peers: Sequence[str]) -> bool:
    """Whether a peer has read further in this epoch of the owner's store than the store reaches, or holds facts of the
    owner that the store lacks: then it was restored or created again. The current schema is the owner's."""
    for peer in peers:
        arguments = (mine.epoch, mine.last, mine.epoch, owner)
        row = cursor.execute(COPIED.format(schema=Identifier(peer)), arguments).fetchone()
        beyond, read = row or (0, 0)
        if beyond or (not read and lost(cursor, owner, [peer], 1)):
            return True
    return False


def lost(cursor: DbCursor, owner: str, peers: Sequence[str], limit: int, after: datetime = NO_TIME) -> list[Copy]:
    """Facts of the owner that some peer holds and its own store lacks, by recordedtime."""
    parts = [FOREIGN.format(schema=Identifier(peer), owner=Literal(owner)) for peer in peers]
    if not parts:
        return []
    statement = SQL(
        "SELECT DISTINCT ON (recorded, event_id) * FROM ({copies}) AS found ORDER BY recorded, event_id, signature"
    )
    whole = SQL("{statement} LIMIT %s").format(statement=statement.format(copies=UNION.join(parts)))
    return [Copy(*row) for row in cursor.execute(whole, (*[after] * len(parts), limit))]


def held_anywhere(cursor: DbCursor, ranges: Sequence[OwnerRange], peers: Sequence[str]) -> list[Copy]:
    """The facts in these ranges that some peer holds, each once, ordered by aggregate, owner and ownerseq."""
    parts = [WANTED.format(schema=Identifier(peer)) for peer in peers]
    if not parts or not ranges:
        return []
    statement = SQL(
        "SELECT DISTINCT ON (originator_id, owner, ownerseq) * FROM ({copies}) AS found ORDER BY 1, 2, 3, signature"
    )
    columns = [list(column) for column in zip(*ranges, strict=True)]
    return [Copy(*row) for row in cursor.execute(statement.format(copies=UNION.join(parts)), columns * len(parts))]


def last_recorded(cursor: DbCursor, peers: Sequence[str]) -> datetime | None:
    """The latest recordedtime of the peers' own facts; an owner's times only grow."""
    query = SQL("(SELECT recorded FROM {schema}.stored_events WHERE own ORDER BY notification_id DESC LIMIT 1)")
    parts = [query.format(schema=Identifier(peer)) for peer in peers]
    return max((row[0] for row in cursor.execute(UNION.join(parts))), default=None) if parts else None


def _edge(peer: str) -> Composed:
    return EDGE.format(peer=Literal(peer), schema=Identifier(peer))


class DatabasePeers:
    """`PeerFacts` where all services share one PostgreSQL."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def after(self, owner: str, stream: str, subject: str, ownerseq: int) -> list[Fetched]:
        """The owner's facts on the aggregate after `ownerseq`, in order."""
        statement = OWN_OF.format(schema=Identifier(owner))
        arguments = (aggregate_of(Stream(stream), subject), ownerseq)
        return self._store.execute(lambda cursor: [Fetched(*row) for row in cursor.execute(statement, arguments)])

    def lasts(self, owner: str) -> dict[str, int]:
        """Aggregate -> last ownerseq of the owner; empty while it has no store."""
        statement = OWN_LASTS.format(schema=Identifier(owner))

        def work(cursor: DbCursor) -> dict[str, int]:
            return dict(cursor.execute(statement).fetchall()) if existing(cursor, [owner]) else {}

        return self._store.execute(work)
