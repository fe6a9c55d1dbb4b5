"""Access of the gateway's parts to the event log: look-ups, and recording through the writer."""

from __future__ import annotations

import asyncio
from typing import Any, Protocol, TypeVar, cast
from uuid import UUID

from desk.contract.event import Event, Payload, Stream
from desk.contract.ticket.ticket import Ticket
from desk.decision.planning import OutboundCall
from desk.eventstore.aggregate_replica import Replica
from desk.service.parts import Parts
from desk_intake.psa.connection import PsaConnection
from desk_intake.psa.mapping.ticket_mapping import MappingContext
from desk_intake.psa.observe.status_map import InstanceStatusMap, map_in_force
from desk_intake.psa.receipt_and_feed_rows import PSA_ROWS
from desk_integrations.instance_access import InstanceAccess
from desk_integrations.instances.psa_document import PsaInstanceSettings

T = TypeVar("T")


class MayWrite(Protocol):
    """Policy write-back as in force now."""

    def __call__(self, ticket: Ticket) -> bool:
        """Whether everything may be written for a ticket."""
        ...

    def permits(self, planned: OutboundCall, cause: Payload | None, ticket: Ticket) -> bool:
        """Whether a call on this ticket, caused by this fact, may be made."""
        ...

    @property
    def by_place(self) -> bool:
        """Whether the level depends on board, client or instance."""
        ...


class LogAccess(InstanceAccess):
    """The event log, connection and policies, as used by the parts of one instance."""

    def __init__(self, connection: PsaConnection, parts: Parts, may_write: MayWrite) -> None:
        super().__init__(connection.config, parts, PSA_ROWS)
        self.connection, self.may_write = connection, may_write

    @property
    def config(self) -> PsaInstanceSettings:
        return self.connection.config

    @property
    def statuses(self) -> InstanceStatusMap:
        """The status map in force now."""
        return map_in_force(self.parts.policies, self.config.id)

    async def mapping_context(self) -> MappingContext:
        """The terms by which records are mapped now. Raises the port's errors if members cannot be read."""
        bots = await self.connection.bots()
        return MappingContext(self.statuses, self.config, bots, self.connection.psa.summary_hash)

    async def replica(self, stream: Stream, subject: str) -> Replica:
        """An aggregate as committed now."""
        return await asyncio.to_thread(self.parts.service.log.replica, stream, subject)

    async def fact(self, identity: UUID) -> Event | None:
        """One fact by its id, which may have caused a call; None if it is not in this store."""
        log = self.parts.service.log
        found = await asyncio.to_thread(log.store.read, lambda reads: reads.by_ids([identity]))
        return log.language.decode(found[0]) if found else None

    async def state(self, stream: Stream, subject: str) -> Any:  # Any: each stream has a state of its own class
        """The committed state of an aggregate."""
        return (await self.replica(stream, subject)).state

    async def ticket(self, ticket_id: str) -> Ticket:
        return cast(Ticket, await self.state(Stream.TICKETS, ticket_id))
