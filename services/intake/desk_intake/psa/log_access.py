"""What every part of the gateway does with the desk itself: look up, and record through the writer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Protocol, TypeVar, cast
from uuid import UUID

from desk.contract.event import Event, Payload, Stream
from desk.contract.ticket.ticket import Ticket
from desk.decision.planning import OutboundCall
from desk.eventstore.table_writer import DbCursor
from desk.eventstore.unit_of_work.work_items import WorkItem
from desk.service.parts import Parts
from desk.telemetry.tracing import traceparent
from desk_intake.psa.config import PsaInstanceSettings
from desk_intake.psa.connection import Link
from desk_intake.psa.observe.observation_item import Decide, Decision
from desk_intake.psa.observe.status_map import Map, map_in_force

T = TypeVar("T")


class MayWrite(Protocol):
    """Policy write-back at this moment."""

    def __call__(self, ticket: Ticket) -> bool:
        """Whether everything may be written for a ticket."""
        ...

    def permits(self, planned: OutboundCall, cause: Payload | None, ticket: Ticket) -> bool:
        """Whether a call may be made, which concerns this ticket and which this fact asked for."""
        ...

    @property
    def by_place(self) -> bool:
        """Whether the level depends on board, client or instance."""
        ...


class Desk:
    """One instance's way into the log."""

    def __init__(self, link: Link, parts: Parts, may_write: MayWrite) -> None:
        self.link, self.parts, self.may_write = link, parts, may_write

    @property
    def config(self) -> PsaInstanceSettings:
        return self.link.config

    @property
    def statuses(self) -> Map:
        """The status map in force now."""
        return map_in_force(self.parts.policies, self.config.id)

    async def query(self, work: Callable[[DbCursor], T]) -> T:
        """Run a look-up beside the log in a transaction of its own."""
        return await asyncio.to_thread(self.parts.service.log.store.execute, work)

    async def state(self, stream: Stream, subject: str) -> Any:
        """An aggregate as it is committed now."""
        return (await asyncio.to_thread(self.parts.service.log.replica, stream, subject)).state

    async def ticket(self, ticket_id: str) -> Ticket:
        return cast(Ticket, await self.state(Stream.TICKETS, ticket_id))

    async def record(self, item: WorkItem) -> list[Event]:
        """Hand in work and wait until it is durable."""
        return cast("list[Event]", await self.parts.service.log.writer.submit(item))

    async def decide(
        self, stream: Stream, subject: str, identity: UUID, decision: Decision, receipts: tuple[int, ...] = ()
    ) -> list[Event]:
        """Decide on one aggregate and record it, with the receipts that it answers."""
        return await self.record(Decide(stream, subject, identity, decision, receipts, traceparent()))
