"""State and neighbours of the client's own devices, over pages, and of nobody else's."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

import pytest

from desk_integrations.conformance.faults import afterwards
from desk_integrations.conformance.monitoring.harness import ACME, NEIGHBOURS, UNMAPPED, MonitoringHarness
from desk_integrations.kinds.monitoring import Dependents, DeviceState, Monitoring
from desk_integrations.outcomes import Empty, NotMapped


async def names(port: Monitoring) -> list[str]:
    """The names of the devices that are connected to `sw-1`."""
    outcome = await port.dependents(ACME, "d-sw-1")
    assert isinstance(outcome, Dependents) and (outcome.missing, outcome.foreign) == ((), 0)
    return sorted(one.name for one in outcome.devices)


class DeviceCases:
    """Cases of `state` and `dependents`."""

    @pytest.mark.parametrize("state", ["online", "offline", "unreachable"])
    async def test_a_device_has_the_state_in_which_the_vendor_sees_it_now(
        self, harness: MonitoringHarness, state: Literal["online", "offline", "unreachable"]
    ) -> None:
        harness.set_state("ap-1", state)
        outcome = await harness.adapter().state(ACME, "d-ap-1")
        assert isinstance(outcome, DeviceState)
        assert (outcome.external, outcome.name, outcome.state) == (harness.device_id("ap-1"), "ACM-AP-01", state)
        assert outcome.status and (outcome.since is None or outcome.since.utcoffset() == timedelta(0))

    async def test_connected_devices_come_with_their_state_over_three_pages(self, harness: MonitoringHarness) -> None:
        port = harness.adapter()
        assert await names(port) == sorted(NEIGHBOURS)
        assert harness.faults.count(harness.paths.devices) >= 3
        outcome = await port.dependents(ACME, "d-sw-1")
        assert isinstance(outcome, Dependents)
        assert {one.state for one in outcome.devices if one.name == "ACM-FW-01"} == {"offline"}

    async def test_a_row_that_two_pages_repeat_is_one_device(self, harness: MonitoringHarness) -> None:
        harness.overlap_pages(2)
        assert await names(harness.adapter()) == sorted(NEIGHBOURS)

    async def test_a_list_that_shrinks_between_two_pages_loses_no_other_device(
        self, harness: MonitoringHarness
    ) -> None:
        harness.faults.add(harness.paths.devices, afterwards(lambda: harness.remove_device("pc-1")), times=1)
        outcome = await harness.adapter().dependents(ACME, "d-sw-1")
        assert isinstance(outcome, Dependents)
        assert {one.name for one in outcome.devices} | {"ACM-PC-001"} == set(NEIGHBOURS)

    async def test_a_device_without_neighbours_has_none(self, harness: MonitoringHarness) -> None:
        assert await harness.adapter().dependents(ACME, "d-alone") == Empty()

    @pytest.mark.parametrize("broken", [False, True])
    async def test_a_neighbour_of_another_client_never_appears(
        self, harness: MonitoringHarness, *, broken: bool
    ) -> None:
        harness.connect("alone", "foreign")
        if broken:
            harness.break_filter()
        outcome = await harness.adapter().dependents(ACME, "d-alone")
        assert outcome == Dependents(devices=(), foreign=1)

    async def test_a_device_that_the_vendor_no_longer_has_is_gone(self, harness: MonitoringHarness) -> None:
        port = harness.adapter()
        assert await port.state(ACME, "d-gone") == NotMapped("device", "gone")
        harness.remove_device("ap-1")
        assert await port.state(ACME, "d-ap-1") == NotMapped("device", "gone")

    async def test_a_device_of_another_client_of_the_vendor_is_foreign(self, harness: MonitoringHarness) -> None:
        port = harness.adapter()
        assert await port.state(ACME, "d-foreign") == NotMapped("device", "foreign")
        assert await port.dependents(ACME, "d-foreign") == NotMapped("device", "foreign")
        assert await port.alerts(ACME, device="d-foreign") == NotMapped("device", "foreign")
        assert harness.faults.count(harness.paths.alerts) == 0

    @pytest.mark.parametrize("device", ["d-odd", "d-long", "d-unknown"])
    async def test_a_mapped_id_that_is_no_id_of_the_vendor_is_never_sent(
        self, harness: MonitoringHarness, device: str
    ) -> None:
        assert await harness.adapter().state(ACME, device) == NotMapped("device")
        assert harness.faults.asked == []

    async def test_a_client_that_is_not_mapped_or_not_served_is_never_looked_up(
        self, harness: MonitoringHarness
    ) -> None:
        other = harness.adapter(scope="client", client="somebody-else")
        for port, client in ((harness.adapter(), UNMAPPED), (other, ACME)):
            assert await port.alerts(client) == NotMapped("client")
            assert await port.state(client, "d-fw-1") == NotMapped("client")
            assert await port.dependents(client, "d-fw-1") == NotMapped("client")
        assert harness.faults.asked == []
