"""Queries of one service's event store. Each is one statement, whatever the number of aggregates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from desk.eventstore.rows import CommandRow, EventRow, NotificationRow, SnapshotRow
from desk.eventstore.table_writer import DbCursor

EVENTS_AFTER = (
    "SELECT e.originator_id, e.originator_version, e.topic, e.owner, e.ownerseq, e.state"
    " FROM unnest(%b::text[], %b::bigint[]) AS held(aggregate, version) CROSS JOIN LATERAL"
    " (SELECT * FROM stored_events WHERE originator_id = held.aggregate AND originator_version > held.version"
    " ORDER BY originator_version OFFSET 0) e"
    " ORDER BY e.originator_id, e.originator_version"
)
SNAPSHOTS = "SELECT aggregate, version, heads, state FROM snapshots WHERE aggregate = ANY(%b) AND code = %b"
OWN_OF = (
    "SELECT state FROM stored_events WHERE originator_id = %b AND own AND ownerseq > %b AND topic NOT LIKE 'skipped:%%'"
    " ORDER BY originator_version LIMIT %b"
)
OWN_OF_TYPE = (
    "SELECT state FROM stored_events WHERE originator_id = %b AND own AND topic = %b ORDER BY originator_version"
)
OWN_AFTER = (
    "SELECT notification_id, originator_id, topic, event_id, ownerseq, recorded, state, signature FROM stored_events"
    " WHERE own AND notification_id > %b ORDER BY notification_id LIMIT %b"
)
ALL_AFTER = (
    "SELECT notification_id, originator_id, topic, event_id, ownerseq, recorded, state, signature FROM stored_events"
    " WHERE notification_id > %b ORDER BY notification_id LIMIT %b"
)
PLACES = "SELECT event_id, originator_id, originator_version FROM stored_events WHERE event_id = ANY(%b)"
BY_IDS = "SELECT state FROM stored_events WHERE event_id = ANY(%b) ORDER BY recorded, notification_id"
VERSIONS = (
    "SELECT a, coalesce((SELECT max(originator_version) FROM stored_events WHERE originator_id = a), 0)"
    " FROM unnest(%b::text[]) AS a"
)


class Reads:
    """Queries on one cursor with tuple rows and the schema as search path."""

    def __init__(self, cursor: DbCursor) -> None:
        self._cursor = self.cursor = cursor

    def events_after(self, versions: Mapping[str, int]) -> list[EventRow]:
        """Facts of these aggregates after the given version of each (0: all)."""
        rows = self._cursor.execute(
            EVENTS_AFTER, (list(versions), list(versions.values())), prepare=True, binary=True
        ).fetchall()
        return [EventRow(*row) for row in rows]

    def snapshots(self, aggregates: Sequence[str], code: str) -> list[SnapshotRow]:
        """Snapshots made by exactly this code version."""
        rows = self._cursor.execute(SNAPSHOTS, (list(aggregates), code), prepare=True, binary=True).fetchall()
        return [SnapshotRow(*row) for row in rows]

    def own_of(self, aggregate: str, after: int, limit: int = 10_000) -> list[bytes]:
        """Own facts of one aggregate after `after` (ownerseq), in order. Peers fill gaps with it."""
        rows = self._cursor.execute(OWN_OF, (aggregate, after, limit), prepare=True, binary=True).fetchall()
        return [row[0] for row in rows]

    def own_of_type(self, aggregate: str, topic: str) -> list[bytes]:
        """Own facts of one type of one aggregate, in order."""
        rows = self._cursor.execute(OWN_OF_TYPE, (aggregate, topic), prepare=True, binary=True).fetchall()
        return [row[0] for row in rows]

    def own_after(self, position: int, limit: int) -> list[NotificationRow]:
        """Own facts of all aggregates after a notification id, in commit order, for the relay."""
        rows = self._cursor.execute(OWN_AFTER, (position, limit), prepare=True, binary=True).fetchall()
        return [NotificationRow(*row) for row in rows]

    def all_after(self, position: int, limit: int) -> list[NotificationRow]:
        """Facts of every owner after a notification id, in the order in which this store recorded them."""
        rows = self._cursor.execute(ALL_AFTER, (position, limit), prepare=True, binary=True).fetchall()
        return [NotificationRow(*row) for row in rows]

    def places(self, event_ids: Sequence[UUID]) -> dict[UUID, tuple[str, int]]:
        """Aggregate and version of those of these facts that this store holds."""
        self._cursor.execute(PLACES, (list(event_ids),), prepare=True)
        return {row[0]: (row[1], row[2]) for row in self._cursor}

    def by_ids(self, event_ids: Sequence[UUID]) -> list[bytes]:
        """The bytes of these facts by recordedtime; a restored store may hold them in another order."""
        rows = self._cursor.execute(BY_IDS, (list(event_ids),), prepare=True, binary=True).fetchall()
        return [row[0] for row in rows]

    def versions(self, aggregates: Sequence[str]) -> dict[str, int]:
        """The last version of each aggregate, 0 when there is no fact."""
        self._cursor.execute(VERSIONS, (list(aggregates),), prepare=True)
        return dict(self._cursor)

    def answered(self, causes: Sequence[UUID]) -> set[UUID]:
        """Those of `causes` to which recovered own facts are the reaction."""
        query = "SELECT cause FROM answers WHERE cause = ANY(%b)"
        return {row[0] for row in self._cursor.execute(query, (list(causes),), prepare=True)}

    def commands(self, command_ids: Sequence[UUID]) -> dict[UUID, CommandRow]:
        """The earlier results of these commands."""
        query = "SELECT command_id, fingerprint, events FROM commands WHERE command_id = ANY(%b)"
        self._cursor.execute(query, (list(command_ids),), prepare=True)
        return {row[0]: CommandRow(row[1], _uuids(row[2])) for row in self._cursor}

    def last(self) -> tuple[int, datetime | None]:
        """The last notification id (0: none) and the latest recordedtime in this store."""
        query = "SELECT notification_id, recorded FROM stored_events ORDER BY notification_id DESC LIMIT 1000"
        rows = list(self._cursor.execute(query))
        return (rows[0][0], max(row[1] for row in rows)) if rows else (0, None)

    def totals(self, after: int = 0) -> tuple[int, int, int]:
        """Number of own and of replicated facts after a notification id (0: all), and the last notification id."""
        query = (
            "SELECT count(*) FILTER (WHERE own), count(*) FILTER (WHERE NOT own),"
            " (SELECT max(notification_id) FROM stored_events) FROM stored_events WHERE notification_id > %b"
        )
        row = self._cursor.execute(query, (after,), prepare=True).fetchone()
        return (row[0], row[1], row[2] or 0) if row else (0, 0, 0)

    def vectors(self) -> dict[str, dict[str, int]]:
        """Aggregate -> owner -> last ownerseq, of the whole event store."""
        query = "SELECT originator_id, owner, max(ownerseq) FROM stored_events GROUP BY 1, 2 ORDER BY 1, 2"
        found: dict[str, dict[str, int]] = {}
        for aggregate, owner, seq in self._cursor.execute(query):
            found.setdefault(aggregate, {})[owner] = seq
        return found

    def last_own(self) -> int:
        """The notification id of the last own fact, 0 when there is none."""
        query = "SELECT notification_id FROM stored_events WHERE own ORDER BY notification_id DESC LIMIT 1"
        row = self._cursor.execute(query).fetchone()
        return row[0] if row else 0

    def pages(self, size: int = 1000) -> Iterator[list[NotificationRow]]:
        """The whole event store in pages of at most `size` facts."""
        position = 0
        while page := self.all_after(position, size):
            yield page
            position = page[-1].position


def _uuids(raw: bytes) -> tuple[UUID, ...]:
    return tuple(UUID(bytes=raw[at : at + 16]) for at in range(0, len(raw), 16))
