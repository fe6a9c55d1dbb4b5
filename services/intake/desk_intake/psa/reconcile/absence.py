"""Reads a record that may be gone, and proves its absence, the same way for every kind of record.

One 404 proves nothing: an outdated codebase and refused credentials answer the same. Before anything is revoked,
unmapped or removed, the codebase is looked up, the record is read again after a pause, and a list must lack it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

from desk_intake.psa.event_log_access import LogAccess
from desk_intake.psa.write_back.write_claims import WriteInFlight
from desk_integrations.kinds.psa import RecordType
from desk_integrations.vendor_errors import RecordGone

PROOF = ("GET 404", "codebase looked up, GET 404 after a pause", "not in the list")
R = TypeVar("R")


class Unproven(WriteInFlight):
    """The record was absent just now; it is read again after a pause before its absence is recorded."""

    listed = True


async def read_record(
    access: LogAccess,
    kind: RecordType,
    record: str,
    read: Callable[[str], Awaitable[R]],
    is_recorded: Callable[[], Awaitable[bool]],
) -> R | None:
    """The record; None if it is proven to be gone, or absent and not recorded here either (`is_recorded`).

    Raises Unproven until `gone_pause` has passed since the first 404, and the connector's errors.
    """
    try:
        return await read(record)
    except RecordGone:
        if not await is_recorded():
            return None
    if await _gone(access, kind, record):
        return None
    try:
        found = await read(record)
    except RecordGone as gone:
        raise Unproven(record) from gone
    rows, instance = access.rows.revisits, access.config.id
    await access.query(lambda cursor: rows.clear(cursor, instance, kind, record, "missing", "gone"))
    return found


async def _gone(access: LogAccess, kind: RecordType, record: str) -> bool:
    instance = access.config.id
    absent = await access.query(lambda cursor: access.rows.revisits.mark_missing(cursor, instance, kind, record))
    if absent < timedelta(seconds=access.config.gone_pause):
        raise Unproven(record)
    if not await access.connection.psa.is_gone(kind, record):
        return False
    await access.query(lambda cursor: access.rows.revisits.mark_gone(cursor, instance, kind, record))
    return True
