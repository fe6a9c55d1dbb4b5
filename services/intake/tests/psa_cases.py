"""Shared steps of the reconciliation tests."""

from __future__ import annotations

import asyncio
from typing import Any

from desk.contract.event import Stream
from desk.testing.events import AnyEvent
from desk_deploy.testing.psa_bench import Bench
from desk_intake.psa.ids import ticket_id


async def facts_of(desk: Bench, record: int, service: str = "intake") -> list[AnyEvent]:
    """All facts of a record's ticket in that service's store."""
    log, subject = desk.hosted[service].service.log, ticket_id("cw", str(record))
    rows = await asyncio.to_thread(log.store.read, lambda reads: reads.events_after({subject: 0}))
    return [log.language.decode(row.raw) for row in rows]


async def names_of(desk: Bench, record: int, service: str = "intake") -> list[str]:
    """The names of these facts."""
    return [event.data.name for event in await facts_of(desk, record, service)]


async def subject_facts(desk: Bench, stream: Stream, subject: str) -> list[str]:
    """Names of the facts about a client, a contact or the service itself."""
    log, key = desk.intake.service.log, f"{stream.value}:{subject}"
    rows = await asyncio.to_thread(log.store.read, lambda reads: reads.events_after({key: 0}))
    return [log.language.decode(row.raw).data.name for row in rows]


def query(desk: Bench, text: str) -> list[tuple[Any, ...]]:
    """Rows of intake's store."""
    return desk.intake.service.log.store.execute(lambda cursor: cursor.execute(text).fetchall())


def unread(desk: Bench) -> list[tuple[Any, ...]]:
    """Unreadable callbacks: (type, detail)."""
    return query(desk, "SELECT type, detail FROM psa_receipts WHERE state = 'unread'")


def overwrite(desk: Bench, table: str, number: int, **changes: Any) -> None:
    """A record with values that the vendor may return but never accepts."""
    rows = desk.psa.state.table(table)._rows
    rows[number] = {**rows[number], **changes}
