"""Open alerts: the client's own, neither cleared nor dismissed, of a device with its interfaces, since a time."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from desk_integrations.conformance.faults import answers, edits
from desk_integrations.conformance.harness import Drift
from desk_integrations.conformance.monitoring.harness import ACME, EMPTY, MonitoringHarness
from desk_integrations.kinds.monitoring import Monitoring, MonitoringAlert, MonitoringAlerts
from desk_integrations.outcomes import Empty, Missing, Unknown


async def open_alerts(
    port: Monitoring, device: str | None = None, since: datetime | None = None
) -> tuple[MonitoringAlert, ...]:
    """The open alerts of ACME, of which no part is missing."""
    outcome = await port.alerts(ACME, device=device, since=since)
    if isinstance(outcome, Empty):
        return ()
    assert isinstance(outcome, MonitoringAlerts) and (outcome.missing, outcome.foreign) == ((), 0)
    return outcome.alerts


class AlertCases:
    """Cases of `alerts`."""

    async def test_open_alerts_are_the_clients_own(self, harness: MonitoringHarness) -> None:
        (alert,) = await open_alerts(harness.adapter())
        assert (alert.entity, alert.external) == ("device", harness.device_id("fw-1"))
        assert (alert.state, alert.sequence) == ("firing", "")
        assert alert.alert and alert.what and alert.severity and alert.at.utcoffset() == timedelta(0)

    async def test_a_client_without_devices_is_empty(self, harness: MonitoringHarness) -> None:
        assert await harness.adapter().alerts(EMPTY) == Empty()

    async def test_alerts_come_oldest_first_over_three_pages_and_none_twice(self, harness: MonitoringHarness) -> None:
        for number in range(1, 13):
            harness.clock.advance(60)
            harness.raise_alert(f"pc-{number}", f"Fault {number}")
        harness.overlap_pages(2)
        found = await open_alerts(harness.adapter())
        assert [one.external for one in found[1:]] == [harness.device_id(f"pc-{number}") for number in range(1, 13)]
        assert harness.faults.count(harness.paths.alerts) >= 3
        assert len({one.alert for one in found}) == 13

    async def test_an_alert_that_cleared_or_was_dismissed_is_not_open(self, harness: MonitoringHarness) -> None:
        port = harness.adapter()
        cleared, dismissed = (harness.raise_alert(key, "Fault") for key in ("sw-1", "ap-1"))
        assert len(await open_alerts(port)) == 3
        harness.clock.advance(60)
        harness.clear_alert(cleared)
        harness.dismiss_alert(dismissed)
        assert [one.external for one in await open_alerts(port)] == [harness.device_id("fw-1")]

    async def test_the_alerts_of_a_device_are_its_own_and_those_of_its_interfaces(
        self, harness: MonitoringHarness
    ) -> None:
        harness.clock.advance(60)
        harness.raise_alert("fw-1", "Interface is down", interface=True)
        harness.raise_alert("sw-1", "Interface is down", interface=True)
        found = await open_alerts(harness.adapter(), "d-fw-1")
        assert [one.entity for one in found] == ["device", "interface"]
        assert await harness.adapter().alerts(ACME, device="d-alone") == Empty()

    async def test_alerts_since_a_time_leave_out_older_ones(self, harness: MonitoringHarness) -> None:
        harness.clock.advance(600)
        since = harness.clock.now() - timedelta(seconds=60)
        harness.raise_alert("sw-1", "Fault")
        found = await open_alerts(harness.adapter(), since=since)
        assert [one.external for one in found] == [harness.device_id("sw-1")]

    async def test_the_same_alert_has_the_same_id_in_a_webhook(self, harness: MonitoringHarness) -> None:
        (polled,) = await open_alerts(harness.adapter())
        sent = harness.delivered(harness.adapter(), harness.webhook("firing", 1, harness.clock.now()))
        assert isinstance(sent, MonitoringAlert) and sent.alert == polled.alert

    async def test_rows_of_another_client_are_dropped_and_counted_when_the_vendors_filter_is_broken(
        self, harness: MonitoringHarness
    ) -> None:
        harness.break_filter()
        outcome = await harness.adapter().alerts(ACME)
        assert isinstance(outcome, MonitoringAlerts) and outcome.foreign > 0
        assert [one.external for one in outcome.alerts] == [harness.device_id("fw-1")]

    async def test_a_list_that_is_not_there_is_unknown_and_not_empty(self, harness: MonitoringHarness) -> None:
        harness.faults.add(harness.paths.alerts, answers(404))
        assert await harness.adapter().alerts(ACME) == Unknown("refused")

    @pytest.mark.parametrize("kind", ["extra", "null"])
    async def test_a_field_that_is_new_or_null_changes_nothing(self, harness: MonitoringHarness, kind: Drift) -> None:
        harness.faults.add(harness.paths.alerts, edits(harness.drift(kind)))
        assert len(await open_alerts(harness.adapter())) == 1

    @pytest.mark.parametrize("kind", ["missing", "type"])
    async def test_a_row_that_cannot_be_read_is_left_out_and_counted(
        self, harness: MonitoringHarness, kind: Drift
    ) -> None:
        harness.faults.add(harness.paths.alerts, edits(harness.drift(kind)))
        outcome = await harness.adapter().alerts(ACME)
        assert outcome == MonitoringAlerts(alerts=(), missing=(Missing("alerts", "unreadable", rows=1),))
