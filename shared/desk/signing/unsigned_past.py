"""Signs the own facts that a release before signatures recorded, once, when the service starts with its key."""

from __future__ import annotations

import structlog

from desk.eventstore.store import Store
from desk.eventstore.table_writer import DbCursor
from desk.signing.signatures import Signatures

PAGE = 1000
UNSIGNED = (
    "SELECT notification_id, state FROM stored_events WHERE own AND signature IS NULL AND notification_id > %s"
    " ORDER BY notification_id LIMIT %s"
)
SIGN = (
    "UPDATE stored_events SET signature = made.signature FROM unnest(%s::bigint[], %s::bytea[]) AS made(id, signature)"
    " WHERE notification_id = made.id"
)
SEND_AGAIN = "UPDATE relay SET position = least(position, %s)"
log = structlog.get_logger(__name__)


def sign_unsigned(store: Store, signatures: Signatures) -> int:
    """Sign every own fact that has no signature, and have the relay publish from the first of them again, so that
    readers of the whole topic find a signed copy of each; returns their number. May be interrupted and repeated.

    The signature is by the present key: what is in the owner's store at that moment counts as its word.
    """
    total, last = 0, 0
    while found := store.execute(lambda cursor, last=last: _page(cursor, signatures, last)):  # type: ignore[misc]
        total, last = total + len(found), found[-1]
    if total:
        log.warning("facts recorded without a signature are signed", owner=signatures.owner, count=total)
    return total


def _page(cursor: DbCursor, signatures: Signatures, after: int) -> list[int]:
    rows = cursor.execute(UNSIGNED, (after, PAGE)).fetchall()
    if rows:
        ids = [row[0] for row in rows]
        cursor.execute(SEND_AGAIN, (ids[0] - 1,))
        cursor.execute(SIGN, (ids, [signatures.sign(row[1]) for row in rows]))
    return [row[0] for row in rows]
