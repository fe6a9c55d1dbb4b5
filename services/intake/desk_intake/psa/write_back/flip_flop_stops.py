"""Records to which writing is stopped because a field flip-flopped, and their release."""

from __future__ import annotations

from desk.eventstore.table_writer import DbCursor
from desk_intake.psa.write_back.write_claims import STOPPED

FORGET = (
    "DELETE FROM psa_stopped WHERE instance = %s AND record = %s RETURNING field",
    "DELETE FROM psa_written WHERE instance = %s AND record = %s",
)
LAST = (
    "UPDATE effects SET state = 'unknown', next = now(), leased = NULL, ended = NULL, pauses = 0, refused = NULL"
    " WHERE id = (SELECT id FROM effects WHERE aggregate = %s AND kind = 'psa-sync' AND state = 'failed'"
    " ORDER BY ended DESC NULLS LAST LIMIT 1)"
)


def stopped_field(cursor: DbCursor, instance: str, record: str) -> str | None:
    """The field for which writing is stopped, or None."""
    row = cursor.execute(STOPPED, (instance, record)).fetchone()
    return str(row[0]) if row else None


def release_stopped_record(cursor: DbCursor, instance: str, record: str, aggregate: str) -> bool:
    """Resume writing, beginning with the last stopped call; False if nothing was stopped."""
    if cursor.execute(FORGET[0], (instance, record)).fetchone() is None:
        return False
    cursor.execute(FORGET[1], (instance, record))
    cursor.execute(LAST, (aggregate,))
    return True
