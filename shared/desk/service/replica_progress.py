"""Lets the HTTP layer wait until a service has applied facts."""

from __future__ import annotations

from collections.abc import Mapping

from desk.contract.event import Stream
from desk.service.service import Service


class ReplicaProgress:
    """Implements desk.http.reads.read_your_writes.Progress on a service's replicas."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def wait_applied(self, ticket_id: str, vector: Mapping[str, int], timeout: float) -> Mapping[str, int]:  # noqa: ASYNC109
        """Wait at most `timeout` seconds; returns the owners still behind, with the ownerseq held."""
        if await self._service.wait_seen(Stream.TICKETS, ticket_id, vector, timeout):
            return {}
        replica = await self._service.replica(Stream.TICKETS, ticket_id)
        held = {owner: replica.head(owner).seq for owner in vector}
        return {owner: seq for owner, seq in held.items() if seq < vector[owner]}
