"""Open alerts of one organisation. An alert names its device only, so the organisation's devices are kept a while."""

from __future__ import annotations

from dataclasses import dataclass

from desk_connectors.http import Clock
from desk_connectors.ninjaone import NinjaOne
from desk_integrations.kinds.rmm import RmmAlerts
from desk_integrations.outcomes import Empty, Outcome
from desk_integrations.rmm.ninjaone.parts import unreadable
from desk_integrations.rmm.ninjaone.translation import to_alert

YOUNG = 60.0
"""Seconds for which the kept devices are not read again because of an alert of a device that is not among them."""


@dataclass(slots=True)
class _Devices:
    ids: frozenset[int]
    read_at: float


class AlertReader:
    """Drops and counts alerts of devices that are not the organisation's, whatever the vendor's filter answered."""

    def __init__(self, client: NinjaOne, clock: Clock, stale_after: float) -> None:
        self._client, self._clock, self._stale_after = client, clock, stale_after
        self._devices: dict[int, _Devices] = {}

    async def read(self, organization: int) -> Outcome[RmmAlerts]:
        found = await self._client.alerts(organization)
        asked_at = self._clock.now()
        own = await self._own(organization, {record.device_id for record in found.records})
        alerts = tuple(to_alert(record, asked_at) for record in found.records if record.device_id in own)
        missing, foreign = unreadable("alerts", found), len(found.records) - len(alerts)
        if not alerts and not missing and not foreign:
            return Empty()
        return RmmAlerts(alerts=alerts, missing=missing, foreign=foreign)

    async def _own(self, organization: int, wanted: set[int]) -> frozenset[int]:
        if not wanted:
            return frozenset()
        kept, now = self._devices.get(organization), self._clock.monotonic()
        age = float("inf") if kept is None else now - kept.read_at
        if kept is None or age > self._stale_after or (age > YOUNG and not wanted <= kept.ids):
            found = await self._client.devices(organization)
            ids = frozenset(device.id for device in found.records if device.organization_id == organization)
            kept = self._devices[organization] = _Devices(ids, now)
        return kept.ids
