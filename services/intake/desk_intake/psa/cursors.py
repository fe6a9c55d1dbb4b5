"""Where reading of the PSA's feeds stands."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from desk.log.batch import Cur

SAVE = (
    "INSERT INTO psa_cursors (instance, feed, at, position) VALUES (%s, %s, %s, %s)"
    " ON CONFLICT (instance, feed) DO UPDATE SET at = greatest(psa_cursors.at, excluded.at),"
    " position = greatest(psa_cursors.position, excluded.position)"
)


class Place(NamedTuple):
    """Up to which instant of the vendor's clock, or which id, a feed was read."""

    at: datetime | None = None
    position: int = 0


def place(cursor: Cur, instance: str, feed: str) -> Place:
    """Where a feed stands; at its beginning when it was never read."""
    query = "SELECT at, position FROM psa_cursors WHERE instance = %s AND feed = %s"
    row = cursor.execute(query, (instance, feed)).fetchone()
    return Place(*row) if row else Place()


def save(cursor: Cur, instance: str, feed: str, now: Place) -> None:
    """A feed was read up to there; never less far than another process has come."""
    cursor.execute(SAVE, (instance, feed, now.at, now.position))


def unknown_revisions(cursor: Cur, instance: str, revisions: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
    """Those of (record, revision) that were never seen."""
    query = (
        "SELECT u.record, u.revision FROM unnest(%s::text[], %s::text[]) AS u(record, revision)"
        " WHERE NOT EXISTS (SELECT FROM psa_revisions r WHERE r.instance = %s AND r.record = u.record"
        " AND r.revision = u.revision)"
    )
    records, names = [record for record, _ in revisions], [revision for _, revision in revisions]
    return set(cursor.execute(query, (records, names, instance)).fetchall())
