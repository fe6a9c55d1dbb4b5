"""The identity map as adapters need it: ids of the vendor for a client and for a device, as a person confirmed them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class IdentityMap(Protocol):
    """Looks up the mappings of one instance. Proposals are no mappings and are never answered here."""

    async def client(self, client: str) -> str | None:
        """The vendor's id of the client (organisation, site, tenant)."""
        ...

    async def device(self, client: str, device: str) -> str | None:
        """The vendor's id of the client's device; None too when the device is another client's."""
        ...


class FixedIdentityMap:
    """An identity map out of two mappings: client to vendor id, and (client, device) to vendor id."""

    def __init__(self, clients: Mapping[str, str], devices: Mapping[tuple[str, str], str] | None = None) -> None:
        self.clients = dict(clients)
        self.devices = dict(devices or {})

    async def client(self, client: str) -> str | None:
        return self.clients.get(client)

    async def device(self, client: str, device: str) -> str | None:
        return self.devices.get((client, device))
