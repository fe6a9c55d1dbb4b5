"""The RMM port over one NinjaOne tenant."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import TypeVar

from desk_connectors.http import Clock, RecordGone
from desk_connectors.ninjaone import NinjaOne, WebhookInvalid, parse_webhook
from desk_connectors.ninjaone.records import Device
from desk_integrations.client_scope import ClientScope
from desk_integrations.guard import Guard
from desk_integrations.identity import IdentityMap
from desk_integrations.instances.connection import WebhookKey
from desk_integrations.instances.document import Instance
from desk_integrations.kinds.rmm import AssetCandidates, DeviceChanges, RmmAlert, RmmAlerts, RmmCapabilities, RmmDevices
from desk_integrations.outcomes import Empty, NotMapped, Outcome, Reachable, WebhookIgnored, WebhookRefused
from desk_integrations.rmm.ninjaone.alerts import AlertReader
from desk_integrations.rmm.ninjaone.candidates import CandidateSearch
from desk_integrations.rmm.ninjaone.changes import ChangeReader
from desk_integrations.rmm.ninjaone.parts import unreadable
from desk_integrations.rmm.ninjaone.translation import to_device, webhook_alert

T = TypeVar("T")
ID = re.compile(r"[0-9]{1,15}")
READING_SHARE = 0.9
"""The part of the deadline in which changes are read, so that the parts that were read by then are answered."""
CAPABILITIES = RmmCapabilities(
    unavailable=("policy", "gpo", "profile"),
    find_by=("hostname", "dns-name", "last-user"),
    alerts=("webhook", "poll"),
)
"""The activity log names changes of dynamic policies only; group policies and profiles are not in the API."""


class NinjaOneRmm:
    """`kinds.rmm.Rmm` over a tenant. Ids of the vendor are numbers: any other mapped id is unusable."""

    def __init__(
        self,
        *,
        instance: Instance,
        client: NinjaOne,
        identity: IdentityMap,
        guard: Guard,
        clock: Clock,
        webhook: WebhookKey | None,
        closing: tuple[Callable[[], Awaitable[None]], ...],
    ) -> None:
        self._instance, self._client, self._guard = instance, client, guard
        self._clients = ClientScope(instance, identity, guard, _number, client.check)
        self._webhook, self._closing = webhook, closing
        self._candidates = CandidateSearch(client)
        self._changes = ChangeReader(client, CAPABILITIES.unavailable)
        self._alerts = AlertReader(client, clock, instance.stale_after)

    @property
    def instance(self) -> str:
        return self._instance.id

    @property
    def capabilities(self) -> RmmCapabilities:
        return CAPABILITIES

    async def devices(self, client: str) -> Outcome[RmmDevices]:
        async def work(organization: int) -> Outcome[RmmDevices]:
            found = await self._client.devices(organization)
            own = [device for device in found.records if device.organization_id == organization]
            missing, foreign = unreadable("devices", found), len(found.records) - len(own)
            if not own and not missing and not foreign:
                return Empty()
            return RmmDevices(devices=tuple(map(to_device, own)), missing=missing, foreign=foreign)

        return await self._clients.run(client, work)

    async def find(
        self, client: str, *, hostname: str | None = None, upn: str | None = None
    ) -> Outcome[AssetCandidates]:
        async def work(organization: int) -> Outcome[AssetCandidates]:
            return await self._candidates.find(organization, (hostname or "").strip(), (upn or "").strip())

        return await self._clients.run(client, work)

    async def changes(
        self, client: str, device: str, window_from: datetime, window_to: datetime
    ) -> Outcome[DeviceChanges]:
        end = asyncio.get_running_loop().time() + self._instance.deadline * READING_SHARE

        async def work(organization: int) -> Outcome[DeviceChanges]:
            external = await self._clients.device(client, device)
            if external is None:
                return NotMapped("device")
            try:
                record: Device = await self._client.device(external)
            except RecordGone:
                return NotMapped("device", "gone")
            if record.organization_id != organization or record.id != external:
                return NotMapped("device", "foreign")
            return await self._changes.read(device, external, (window_from, window_to), end)

        return await self._clients.run(client, work)

    async def alerts(self, client: str) -> Outcome[RmmAlerts]:
        return await self._clients.run(client, self._alerts.read)

    def alert_of(self, headers: Mapping[str, str], body: bytes) -> RmmAlert | WebhookIgnored | WebhookRefused:
        if self._webhook is None or not self._webhook.opens(headers):
            return WebhookRefused("unauthenticated")
        try:
            return webhook_alert(parse_webhook(body))
        except WebhookInvalid as invalid:
            return WebhookRefused("too-long" if invalid.reason == "too-long" else "malformed")

    async def check(self) -> Outcome[Reachable]:
        async def work() -> Outcome[Reachable]:
            await self._client.check()
            return Reachable()

        return await self._guard.run(work)

    async def aclose(self) -> None:
        for close in self._closing:
            await close()


def _number(external: str | None) -> int | None:
    return int(external) if external is not None and ID.fullmatch(external) else None
