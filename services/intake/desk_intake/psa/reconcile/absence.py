"""Reads a record that may be gone, and proves that it is, the same way for every kind of record.

One 404 proves nothing: an old codebase and refused credentials answer the same. Before anything is revoked, unmapped or
removed there are a look-up of the codebase, a second read after a pause, and a list that does not show the record.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

from desk_connectors.connectwise.calls.presence import Kind
from desk_connectors.http import RecordGone
from desk_intake.psa.log_access import LogAccess
from desk_intake.psa.reconcile.revisits import clear_revisit, mark_gone, mark_missing
from desk_intake.psa.write_back.write_claims import WriteInFlight

PROOF = ("GET 404", "codebase looked up, GET 404 after a pause", "not in the list")
R = TypeVar("R")


class Unproven(WriteInFlight):
    """The record was not there just now: it is read again after a pause before anything is concluded."""


async def read_record(
    access: LogAccess,
    kind: Kind,
    number: int,
    read: Callable[[int], Awaitable[R]],
    is_recorded: Callable[[], Awaitable[bool]],
) -> R | None:
    """The record; None when it is proven to be gone, or not there and not known here (`known`) either.

    Raises Unproven until `gone_pause` has passed since the first 404, and what the connector raises.
    """
    try:
        return await read(number)
    except RecordGone:
        if not await is_recorded():
            return None
    if await _gone(access, kind, number):
        return None
    try:
        found = await read(number)
    except RecordGone as gone:
        raise Unproven(str(number)) from gone
    await access.query(lambda cursor: clear_revisit(cursor, access.config.id, kind, str(number), "missing", "gone"))
    return found


async def _gone(access: LogAccess, kind: Kind, number: int) -> bool:
    instance, record = access.config.id, str(number)
    absent = await access.query(lambda cursor: mark_missing(cursor, instance, kind, record))
    if absent < timedelta(seconds=access.config.gone_pause):
        raise Unproven(record)
    if not await access.connection.client.is_gone(kind, number):
        return False
    await access.query(lambda cursor: mark_gone(cursor, instance, kind, record))
    return True
