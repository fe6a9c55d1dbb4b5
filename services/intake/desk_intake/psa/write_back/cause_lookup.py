"""The fact that a call was planned for, as it is stored: texts are read from it and kept nowhere else."""

from __future__ import annotations

import asyncio
from uuid import UUID

from desk.contract.event import Event
from desk.decision.planning import OutboundCall
from desk_intake.psa.log_access import Desk


async def cause_of(desk: Desk, planned: OutboundCall) -> Event | None:
    """The fact; None when it is not in this store any more."""
    return await fact_of(desk, planned.cause)


async def fact_of(desk: Desk, identity: UUID) -> Event | None:
    """One fact by its id; None when it is not in this store."""
    log = desk.parts.service.log
    found = await asyncio.to_thread(log.store.read, lambda reads: reads.by_ids([identity]))
    return log.language.decode(found[0]) if found else None
