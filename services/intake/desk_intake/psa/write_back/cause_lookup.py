"""Reads the stored fact that a call was planned for: its texts are kept nowhere else."""

from __future__ import annotations

import asyncio
from uuid import UUID

from desk.contract.event import Event
from desk.decision.planning import OutboundCall
from desk_intake.psa.log_access import LogAccess


async def cause_of(access: LogAccess, planned: OutboundCall) -> Event | None:
    """The fact that caused a call; None if it is no longer in this store."""
    return await fact_of(access, planned.cause)


async def fact_of(access: LogAccess, identity: UUID) -> Event | None:
    """One fact by its id; None if it is not in this store."""
    log = access.parts.service.log
    found = await asyncio.to_thread(log.store.read, lambda reads: reads.by_ids([identity]))
    return log.language.decode(found[0]) if found else None
