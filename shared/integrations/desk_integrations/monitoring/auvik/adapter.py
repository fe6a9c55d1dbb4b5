"""The monitoring port over one Auvik account. A client is a tenant of the account."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import TypeVar

from desk_connectors.auvik import Auvik, DetailedDevice, WebhookInvalid, parse_webhook
from desk_connectors.http import RecordGone, VendorRefused
from desk_connectors.http.credentials import CredentialsRefused
from desk_integrations.client_scope import ClientScope
from desk_integrations.guard import Guard
from desk_integrations.identity import IdentityMap
from desk_integrations.instances.connection import WebhookKey
from desk_integrations.instances.document import Instance
from desk_integrations.kinds.monitoring import (
    Dependents,
    DeviceState,
    MonitoringAlert,
    MonitoringAlerts,
    MonitoringCapabilities,
)
from desk_integrations.monitoring.auvik.translation import missing, to_alerts, to_state, webhook_alert
from desk_integrations.outcomes import Empty, NotMapped, Outcome, Reachable, WebhookIgnored, WebhookRefused

T = TypeVar("T")
ID = re.compile(r"[A-Za-z0-9_=-]{1,150}")
"""Tenants are numbers, devices base 64 of two numbers."""
CAPABILITIES = MonitoringCapabilities(alerts=("webhook", "poll"), dependents="connected", unavailable=("history",))
"""The vendor names neighbours and not which depends on which; changes of the state before now are not asked for."""


class AuvikMonitoring:
    """`kinds.monitoring.Monitoring` over an account. Mapped ids that are no ids of the vendor are never sent."""

    def __init__(
        self,
        *,
        instance: Instance,
        client: Auvik,
        identity: IdentityMap,
        guard: Guard,
        webhook: WebhookKey | None,
        closing: Callable[[], Awaitable[None]],
    ) -> None:
        self._instance, self._client, self._guard = instance, client, guard
        self._clients = ClientScope(instance, identity, guard, _usable, client.verify)
        self._webhook, self._closing = webhook, closing

    @property
    def instance(self) -> str:
        return self._instance.id

    @property
    def capabilities(self) -> MonitoringCapabilities:
        return CAPABILITIES

    async def state(self, client: str, device: str) -> Outcome[DeviceState]:
        async def work(tenant: str) -> Outcome[DeviceState]:
            found = await self._device(client, tenant, device)
            return found if isinstance(found, NotMapped) else to_state(found.device)

        return await self._clients.run(client, work)

    async def alerts(
        self, client: str, *, device: str | None = None, since: datetime | None = None
    ) -> Outcome[MonitoringAlerts]:
        async def work(tenant: str) -> Outcome[MonitoringAlerts]:
            entities = None
            if device is not None:
                found = await self._device(client, tenant, device)
                if isinstance(found, NotMapped):
                    return found
                interfaces = found.detail.relationships.interfaces.data if found.detail else ()
                entities = [found.device.id, *(one.id for one in interfaces)]
            answer = to_alerts(await self._client.raised_alerts(tenant, since), tenant, entities)
            return answer if answer.alerts or answer.missing or answer.foreign else Empty()

        return await self._clients.run(client, work)

    async def dependents(self, client: str, device: str) -> Outcome[Dependents]:
        """Neighbours carry no tenant: only those are kept that are devices of this one."""

        async def work(tenant: str) -> Outcome[Dependents]:
            found = await self._device(client, tenant, device)
            if isinstance(found, NotMapped):
                return found
            if found.detail is None:
                return Dependents(devices=(), missing=missing("dependents", 1))
            neighbours = {one.id for one in found.detail.relationships.connected_devices.data}
            if not neighbours:
                return Empty()
            listed = await self._client.devices(tenant)
            own = [record for record in listed.records if record.tenant == tenant and record.id in neighbours]
            lacking = missing("devices", listed.unreadable, cut=listed.cut)
            foreign = 0 if lacking else len(neighbours) - len(own)
            return Dependents(devices=tuple(map(to_state, own)), missing=lacking, foreign=foreign)

        return await self._clients.run(client, work)

    def alert_of(
        self, headers: Mapping[str, str], query: Mapping[str, str], body: bytes
    ) -> MonitoringAlert | WebhookIgnored | WebhookRefused:
        """The vendor sends no header of ours: the secret is a parameter of the address that was given to it."""
        if self._webhook is None or not self._webhook.opens(query):
            return WebhookRefused("unauthenticated")
        try:
            return webhook_alert(parse_webhook(body))
        except WebhookInvalid as invalid:
            return WebhookRefused("too-long" if invalid.reason == "too-long" else "malformed")

    async def check(self) -> Outcome[Reachable]:
        async def work() -> Outcome[Reachable]:
            try:
                await self._client.verify()
            except VendorRefused as refused:
                raise _as_credentials(refused) from refused
            return Reachable()

        return await self._guard.run(work)

    async def aclose(self) -> None:
        await self._closing()

    async def _device(self, client: str, tenant: str, device: str) -> DetailedDevice | NotMapped:
        """The client's device, or why there is none: not mapped, gone, or another tenant's."""
        external = await self._clients.device(client, device)
        if external is None:
            return NotMapped("device")
        try:
            found = await self._client.device(external)
        except RecordGone:
            return NotMapped("device", "gone")
        if (found.device.tenant, found.device.id) != (tenant, external):
            return NotMapped("device", "foreign")
        return found


def _as_credentials(refused: VendorRefused) -> VendorRefused:
    """A 401 of the harmless read concerns the credentials themselves."""
    if refused.status != 401:
        return refused
    return CredentialsRefused(refused.vendor, refused.operation, status=401)


def _usable(external: str | None) -> str | None:
    return external if external is not None and ID.fullmatch(external) else None
