"""Statuspage passes the suite of status adapters, on its simulator."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any, Literal

import pytest

from desk_connectors.testing import FakeClock
from desk_integrations.conformance.status import StatusConformance, StatusHarness
from desk_integrations.conformance.status.harness import COMPONENT
from desk_integrations.instances.document import InstancesError
from desk_integrations.kinds.status import StatusReading
from desk_simulators.statuspage import StatuspageSimulator

Edit = Callable[[Any], Any]


class StatuspageHarness(StatusHarness):
    """The simulated page."""

    vendor = "statuspage"
    settings = {"address": "https://status.example.net"}
    page = r"/api/v2/summary\.json$"
    history = r"/api/v2/incidents\.json$"

    def __init__(self) -> None:
        clock = FakeClock()
        self.simulator = StatuspageSimulator(clock=clock.now, mode="manual")
        super().__init__(self.simulator.transport(), clock)

    def report(self, title: str, text: str, impact: Literal["none", "minor", "major"]) -> str:
        status = {"none": "operational", "minor": "partial_outage", "major": "major_outage"}[impact]
        made = self.simulator.owner.report(title, impact, text, [COMPONENT], status)
        return str(made["id"])

    def update(self, external: str, state: Literal["identified", "monitoring", "resolved"], text: str) -> None:
        self.simulator.owner.post_update(external, state, text)

    def edit(self, external: str, text: str) -> None:
        record = self.simulator.state.row("incident", external)["record"]
        self.simulator.owner.edit_update(external, record["incident_updates"][0]["id"], text)

    def remove(self, external: str) -> None:
        self.simulator.owner.remove(external)

    def restore(self, external: str) -> None:
        self.simulator.owner.restore(external)

    def plan(self, title: str) -> str:
        return str(self.simulator.owner.schedule(title)["id"])

    def drift(self, kind: Literal["extra", "missing", "null", "type"]) -> Edit:
        changes: dict[str, dict[str, Any]] = {
            "extra": {"postmortem_body": "x", "backfilled": False},
            "missing": {},
            "null": {"started_at": None, "shortlink": None, "impact_override": None},
            "type": {"status": 5},
        }

        def change(document: dict[str, Any]) -> dict[str, Any]:
            first, *rest = document["incidents"]
            kept = {name: value for name, value in first.items() if kind != "missing" or name != "status"}
            return {**document, "incidents": [{**kept, **changes[kind]}, *rest]}

        return change

    def torn(self) -> Edit:
        return lambda document: {name: value for name, value in document.items() if name != "status"}

    @property
    def error_body(self) -> bytes:
        return b'{"error": "Something went wrong"}'


class TestStatuspage(StatusConformance):
    @pytest.fixture
    async def harness(self) -> AsyncIterator[StatusHarness]:
        made = StatuspageHarness()
        yield made
        await made.aclose()

    async def test_an_unchanged_page_is_confirmed_and_not_sent_again(self, harness: StatuspageHarness) -> None:
        port = harness.adapter()
        external = harness.report("Login errors", "x", "minor")
        first = await port.incidents()
        assert await port.incidents() == first
        statuses = [call.status for call in harness.simulator.ledger.find("GET", "api/v2/summary.json")]
        assert statuses == [200, 304]
        harness.update(external, "identified", "Cause found.")
        changed = await port.incidents()
        assert isinstance(changed, StatusReading) and changed.incidents[0].state == "identified"

    @pytest.mark.parametrize(
        ("settings", "named"),
        [
            ({}, "settings.address: "),
            ({"address": "http://status.example.net"}, "settings.address: a status page is reached by https"),
            ({"address": "https://status.example.net/api"}, "settings.address: give scheme and host only"),
            ({"address": "https://status.example.net", "kind": "simulator"}, "settings.address: a simulator is"),
            ({"address": "https://status.example.net", "pages": 1}, "settings.pages: "),
        ],
    )
    async def test_a_setting_that_cannot_be_used_is_named(
        self, harness: StatuspageHarness, settings: dict[str, Any], named: str
    ) -> None:
        with pytest.raises(InstancesError) as wrong:
            harness.adapter(settings=settings)
        assert f"instance status-main: {named}" in str(wrong.value)
