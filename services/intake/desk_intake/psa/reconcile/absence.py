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
from desk_intake.psa.log_access import Desk
from desk_intake.psa.reconcile.revisits import believe, clear, missing
from desk_intake.psa.write_back.write_claims import WriteInFlight

PROOF = ("GET 404", "codebase looked up, GET 404 after a pause", "not in the list")
R = TypeVar("R")


class Unproven(WriteInFlight):
    """The record was not there just now: it is read again after a pause before anything is concluded."""


async def read_record(
    desk: Desk, kind: Kind, number: int, read: Callable[[int], Awaitable[R]], known: Callable[[], Awaitable[bool]]
) -> R | None:
    """The record; None when it is proven to be gone, or not there and not known here (`known`) either.

    Raises Unproven until `gone_pause` has passed since the first 404, and what the connector raises.
    """
    try:
        return await read(number)
    except RecordGone:
        if not await known():
            return None
    if await _gone(desk, kind, number):
        return None
    try:
        found = await read(number)
    except RecordGone as gone:
        raise Unproven(str(number)) from gone
    await desk.query(lambda cursor: clear(cursor, desk.config.id, kind, str(number), "missing", "gone"))
    return found


async def _gone(desk: Desk, kind: Kind, number: int) -> bool:
    instance, record = desk.config.id, str(number)
    absent = await desk.query(lambda cursor: missing(cursor, instance, kind, record))
    if absent < timedelta(seconds=desk.config.gone_pause):
        raise Unproven(record)
    if not await desk.link.client.is_gone(kind, number):
        return False
    await desk.query(lambda cursor: believe(cursor, instance, kind, record))
    return True
