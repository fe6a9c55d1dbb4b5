"""Changes of one device: two lists of patches and the activity log, each of which may be missing by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from desk_connectors.http.credentials import CredentialsRefused
from desk_connectors.ninjaone import Listing, NinjaOne
from desk_connectors.ninjaone.records import Activity, OsPatchInstall, SoftwarePatchInstall
from desk_integrations.guard import unknown
from desk_integrations.kinds.rmm import ChangeClass, DeviceChanges, RmmChange
from desk_integrations.outcomes import Empty, Missing, Outcome, Unknown
from desk_integrations.rmm.ninjaone.parts import unreadable
from desk_integrations.rmm.ninjaone.translation import to_changes, to_patch

SKEW = timedelta(minutes=10)
LOGGED: tuple[ChangeClass, ...] = ("install", "reboot", "script")


class _Found:
    """The changes collected so far, and the parts that failed."""

    def __init__(self, device: int) -> None:
        self._device = device
        self.changes: list[RmmChange] = []
        self.missing: list[Missing] = []
        self.failed: list[Unknown] = []
        self.foreign = 0

    def own(self, device: int | None) -> bool:
        """Counts and drops rows of another device; a row that names none is of the device that was asked about."""
        foreign = device is not None and device != self._device
        self.foreign += foreign
        return not foreign

    def add_patches(self, part: str, found: Listing[OsPatchInstall] | Listing[SoftwarePatchInstall]) -> None:
        rows = [to_patch(record) for record in found.records if self.own(record.device_id)]
        self.changes += [row for row in rows if row is not None]
        self.missing += unreadable(part, found)
        if undated := sum(row is None for row in rows):
            self.missing.append(Missing(part, "unreadable", rows=undated))

    def add_activities(self, found: Listing[Activity]) -> None:
        self.changes += to_changes(record for record in found.records if self.own(record.device_id))
        for part in LOGGED:
            self.missing += unreadable(part, found)

    def fail(self, parts: tuple[str, ...], why: Unknown) -> None:
        self.failed.append(why)
        self.missing += [Missing(part, why.reason, why.retry_after) for part in parts]


class ChangeReader:
    """Reads one after the other, because the vendor is to be called about once per second."""

    def __init__(self, client: NinjaOne, unavailable: tuple[ChangeClass, ...]) -> None:
        self._client, self._unavailable = client, unavailable

    async def read(
        self, device: str, external: int, window: tuple[datetime, datetime], end: float
    ) -> Outcome[DeviceChanges]:
        """Changes of the window, ten minutes more on either side. Parts that were not read by `end`, a time of the
        event loop, are missing. Unknown when no part was answered."""
        window_from, window_to = window
        since, until = _utc(window_from) - SKEW, _utc(window_to) + SKEW
        found, parts = _Found(external), self._parts(external, since.timestamp(), until.timestamp())
        for names, part in parts:
            try:
                async with asyncio.timeout_at(end):
                    await part(found)
            except CredentialsRefused:
                raise
            except Exception as error:
                found.fail(names, unknown(error))
        if len(found.failed) == len(parts):
            return found.failed[0]
        changes = tuple(sorted((one for one in found.changes if since <= one.at <= until), key=lambda one: one.at))
        if not changes and not found.missing and not found.foreign:
            return Empty()
        return DeviceChanges(
            device=device,
            window_from=window_from,
            window_to=window_to,
            changes=changes,
            unavailable=self._unavailable,
            missing=tuple(dict.fromkeys(found.missing)),
            foreign=found.foreign,
        )

    def _parts(
        self, device: int, since: float, until: float
    ) -> tuple[tuple[tuple[str, ...], Callable[[_Found], Awaitable[None]]], ...]:
        async def os_patches(found: _Found) -> None:
            found.add_patches("patch", await self._client.os_patch_installs(device, since, until))

        async def software_patches(found: _Found) -> None:
            found.add_patches("patch", await self._client.software_patch_installs(device, since, until))

        async def activities(found: _Found) -> None:
            found.add_activities(await self._client.activities(device, since))

        return ((("patch",), os_patches), (("patch",), software_patches), (LOGGED, activities))


def _utc(moment: datetime) -> datetime:
    """In UTC, because adding minutes in a zone goes wrong in the hour that a change of the clocks repeats."""
    if moment.tzinfo is None:
        raise ValueError("a window needs aware times")
    return moment.astimezone(UTC)
