"""Reads that questions make in their own service: aggregates as they are committed, and sealed texts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from desk.contract.event import Sealed, Stream, Text
from desk.service.parts import Parts
from desk_integrations.evidence.definition import KeyMissing


class ServiceLookup:
    """Implements `definition.Lookup` over a running service, once it is composed."""

    def __init__(self, parts: Callable[[], Parts]) -> None:
        self._parts = parts

    async def state(self, stream: Stream, subject: str) -> Any:  # Any: the state of any stream
        return (await asyncio.to_thread(self._parts().service.log.replica, stream, subject)).state

    def readable(self, text: Text | None) -> str | None:
        found = None if text is None else self._parts().unseal(text)
        if isinstance(found, Sealed):
            raise KeyMissing(found.key)
        return found or None


class ReplicaIdentityMap:
    """Implements `desk_integrations.identity.IdentityMap`: the mappings of one instance that a person confirmed, out of
    the client's replica. The instance's id is the vendor's name in facts about clients and devices."""

    def __init__(self, instance: str, lookup: ServiceLookup) -> None:
        self._instance, self._lookup = instance, lookup

    async def client(self, client: str) -> str | None:
        mappings: dict[str, str] = (await self._lookup.state(Stream.CLIENTS, client)).mappings
        return mappings.get(self._instance)

    async def device(self, client: str, device: str) -> str | None:
        found = (await self._lookup.state(Stream.CLIENTS, client)).devices.get(device)
        return found.ids.get(self._instance) if found is not None else None
