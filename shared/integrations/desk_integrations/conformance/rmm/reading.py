"""Devices, changes and alerts as they are, over pages, for the client that was asked about and for nobody else."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from desk_connectors.testing import START
from desk_integrations.conformance.faults import afterwards
from desk_integrations.conformance.rmm.harness import (
    ACME,
    ASKS,
    CHANGES,
    EMPTY,
    OWN,
    UNMAPPED,
    WINDOW_FROM,
    WINDOW_TO,
    RmmHarness,
)
from desk_integrations.kinds.rmm import CHANGE_CLASSES, DeviceChanges, RmmAlerts, RmmDevices
from desk_integrations.outcomes import Empty, NotMapped

EXPECTED = [(seed.kind, seed.at) for seed in CHANGES if seed.device == "ws-1" and seed.at > WINDOW_FROM]


def hostnames(outcome: object) -> list[str]:
    assert isinstance(outcome, RmmDevices)
    return sorted(device.hostname for device in outcome.devices)


class ReadingCases:
    """Cases of a vendor in order."""

    async def test_every_device_of_the_client_is_answered_over_three_pages(self, harness: RmmHarness) -> None:
        outcome = await harness.adapter().devices(ACME)
        assert hostnames(outcome) == sorted(seed.hostname for seed in OWN)
        assert isinstance(outcome, RmmDevices) and (outcome.missing, outcome.foreign) == ((), 0)
        assert harness.faults.count(harness.paths.devices) >= 3
        device = next(one for one in outcome.devices if one.external == harness.device_id("ws-1"))
        assert (device.hostname, "a.khan" in device.last_user) == ("ACM-WS-001", True)
        assert device.last_contact is not None and device.last_contact.tzinfo is not None

    async def test_a_row_that_two_pages_repeat_is_one_device(self, harness: RmmHarness) -> None:
        harness.overlap_pages(2)
        assert hostnames(await harness.adapter().devices(ACME)) == sorted(seed.hostname for seed in OWN)

    async def test_a_list_that_shrinks_between_two_pages_loses_no_other_device(self, harness: RmmHarness) -> None:
        harness.faults.add(harness.paths.devices, afterwards(lambda: harness.remove_device("ws-2")), times=1)
        found = set(hostnames(await harness.adapter().devices(ACME)))
        assert found | {"ACM-WS-002"} == {seed.hostname for seed in OWN}

    @pytest.mark.parametrize("name", ["devices", "find", "alerts"])
    async def test_a_client_without_devices_is_empty(self, harness: RmmHarness, name: str) -> None:
        assert await ASKS[name](EMPTY, harness.adapter()) == Empty()

    @pytest.mark.parametrize("name", ASKS)
    async def test_a_client_that_is_not_mapped_is_never_looked_up(self, harness: RmmHarness, name: str) -> None:
        assert await ASKS[name](UNMAPPED, harness.adapter()) == NotMapped("client")
        assert harness.faults.asked == []

    @pytest.mark.parametrize("name", ASKS)
    async def test_an_instance_of_one_client_is_not_asked_about_another(self, harness: RmmHarness, name: str) -> None:
        rmm = harness.adapter(scope="client", client="somebody-else")
        assert await ASKS[name](ACME, rmm) == NotMapped("client")
        assert harness.faults.asked == []

    async def test_changes_of_the_window_come_oldest_first_with_the_classes_that_are_unavailable(
        self, harness: RmmHarness
    ) -> None:
        rmm = harness.adapter()
        outcome = await rmm.changes(ACME, "d-1", WINDOW_FROM, WINDOW_TO)
        assert isinstance(outcome, DeviceChanges)
        available = [one for one in EXPECTED if one[0] not in rmm.capabilities.unavailable]
        assert [(change.kind, change.at) for change in outcome.changes] == available
        assert outcome.unavailable == rmm.capabilities.unavailable
        assert set(outcome.unavailable) < set(CHANGE_CLASSES)
        assert (outcome.device, outcome.window_from, outcome.window_to) == ("d-1", WINDOW_FROM, WINDOW_TO)
        assert (outcome.missing, outcome.foreign) == ((), 0)
        assert all(change.what and change.external for change in outcome.changes)

    async def test_a_device_without_changes_is_empty(self, harness: RmmHarness) -> None:
        assert await harness.adapter().changes(ACME, "d-2", WINDOW_FROM, WINDOW_TO) == Empty()

    async def test_changes_within_ten_minutes_of_the_window_are_kept_because_clocks_differ(
        self, harness: RmmHarness
    ) -> None:
        latest = max(seed.at for seed in CHANGES if seed.device == "ws-1")
        rmm = harness.adapter()
        near = await rmm.changes(ACME, "d-1", WINDOW_FROM, latest - timedelta(minutes=9))
        far = await rmm.changes(ACME, "d-1", WINDOW_FROM, latest - timedelta(minutes=11))
        assert isinstance(near, DeviceChanges) and isinstance(far, DeviceChanges)
        assert len(near.changes) == len(far.changes) + 1

    async def test_a_window_in_another_zone_across_a_change_of_the_clocks_is_the_same_window(
        self, harness: RmmHarness
    ) -> None:
        berlin = ZoneInfo("Europe/Berlin")
        autumn = START.replace(month=10, day=25, hour=0, minute=30)
        for minutes in (0, 60):
            harness.add_change(replace(CHANGES[3], at=autumn + timedelta(minutes=minutes)))
        rmm = harness.adapter()
        outcome = await rmm.changes(
            ACME, "d-1", autumn.astimezone(berlin), (autumn + timedelta(minutes=45)).astimezone(berlin)
        )
        assert isinstance(outcome, DeviceChanges)
        assert [change.at for change in outcome.changes] == [autumn]

    async def test_a_device_that_the_vendor_no_longer_has_is_gone(self, harness: RmmHarness) -> None:
        outcome = await harness.adapter().changes(ACME, "d-gone", WINDOW_FROM, WINDOW_TO)
        assert outcome == NotMapped("device", "gone")

    async def test_a_device_that_belongs_to_another_client_of_the_vendor_is_foreign(self, harness: RmmHarness) -> None:
        outcome = await harness.adapter().changes(ACME, "d-foreign", WINDOW_FROM, WINDOW_TO)
        assert outcome == NotMapped("device", "foreign")
        assert harness.faults.count(harness.paths.log) == 0

    @pytest.mark.parametrize("device", ["d-odd", "d-long", "d-unknown"])
    async def test_a_mapped_id_that_is_no_id_of_the_vendor_is_never_sent(
        self, harness: RmmHarness, device: str
    ) -> None:
        assert await harness.adapter().changes(ACME, device, WINDOW_FROM, WINDOW_TO) == NotMapped("device")
        assert harness.faults.asked == []

    async def test_open_alerts_are_the_clients_own(self, harness: RmmHarness) -> None:
        outcome = await harness.adapter().alerts(ACME)
        assert isinstance(outcome, RmmAlerts)
        (alert,) = outcome.alerts
        assert (alert.external, alert.state) == (harness.device_id("ws-1"), "firing")
        assert alert.alert and alert.what and alert.at.tzinfo is not None

    @pytest.mark.parametrize("name", ["devices", "alerts"])
    async def test_rows_of_another_client_are_dropped_and_counted_when_the_vendors_filter_is_broken(
        self, harness: RmmHarness, name: str
    ) -> None:
        harness.break_filter()
        outcome = await ASKS[name](ACME, harness.adapter())
        assert isinstance(outcome, RmmDevices | RmmAlerts) and outcome.foreign > 0
        rows = outcome.devices if isinstance(outcome, RmmDevices) else outcome.alerts
        assert {row.external for row in rows} <= {harness.device_id(seed.key) for seed in OWN}
