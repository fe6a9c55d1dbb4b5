"""Peers' logs in the same PostgreSQL: one statement for all of them, so that no fact is seen without its cause."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from psycopg.sql import SQL, Identifier, Literal

from desk.log.batch import Cur
from desk.log.bus.merge import Published
from desk.log.keys import aggregate_of
from desk.log.store import Store
from desk.ticket.event import Stream

PAGE = SQL(
    "(SELECT {peer}, notification_id, originator_id, recorded, state FROM {schema}.stored_events"
    " WHERE own AND notification_id > %s ORDER BY notification_id LIMIT %s)"
)
LAST = SQL("SELECT {peer}, coalesce(max(notification_id), 0) FROM {schema}.stored_events WHERE own")
EPOCH = SQL("SELECT epoch::text FROM {schema}.relay")
OWN_OF = SQL(
    "SELECT state FROM {schema}.stored_events WHERE originator_id = %s AND own AND ownerseq > %s"
    " ORDER BY originator_version LIMIT 10000"
)
UNION = SQL(" UNION ALL ")


def epochs(cursor: Cur, peers: Sequence[str]) -> dict[str, str]:
    """The incarnation of each peer's store; peers without a store yet are left out."""
    found = {}
    for peer in peers:
        exists = cursor.execute("SELECT to_regclass(%s)", (f'"{peer}".relay',)).fetchone()
        row = cursor.execute(EPOCH.format(schema=Identifier(peer))).fetchone() if exists and exists[0] else None
        if row is not None:
            found[peer] = row[0]
    return found


def pages(cursor: Cur, positions: Mapping[str, int], limit: int) -> dict[str, list[Published]]:
    """For each peer at most `limit` own facts after its position, all as of one moment."""
    statement = UNION.join(PAGE.format(peer=Literal(peer), schema=Identifier(peer)) for peer in positions)
    found: dict[str, list[Published]] = {peer: [] for peer in positions}
    arguments = [value for position in positions.values() for value in (position, limit)]
    for row in cursor.execute(statement, arguments, prepare=True, binary=True).fetchall():
        found[row[0]].append(Published(*row))
    return found


def lasts(cursor: Cur, peers: Sequence[str]) -> dict[str, int]:
    """The position of each peer's last own fact."""
    statement = UNION.join(LAST.format(peer=Literal(peer), schema=Identifier(peer)) for peer in peers)
    return dict(cursor.execute(statement).fetchall()) if peers else {}


class DatabasePeers:
    """`PeerFacts` where all services share one PostgreSQL."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def after(self, owner: str, stream: str, subject: str, ownerseq: int) -> list[bytes]:
        """The owner's facts on the aggregate after `ownerseq`, in order."""
        statement = OWN_OF.format(schema=Identifier(owner))
        arguments = (aggregate_of(Stream(stream), subject), ownerseq)
        return self._store.execute(lambda cursor: [row[0] for row in cursor.execute(statement, arguments)])
