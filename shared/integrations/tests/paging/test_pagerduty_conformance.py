"""PagerDuty passes the suite of paging adapters, on its simulator."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import Any, Literal

import httpx
import pytest

from desk_connectors.testing import FakeClock
from desk_integrations.conformance.faults import answers, edits
from desk_integrations.conformance.harness import Drift
from desk_integrations.conformance.paging import PagingConformance, PagingHarness, PagingPaths
from desk_integrations.conformance.paging.harness import NEW, OTHER, SEEN, TARGET
from desk_integrations.conformance.paging.states import state
from desk_integrations.instances.document import InstancesError
from desk_integrations.kinds.paging import PageAccepted, PageChange, PageRefused, PageUpdate
from desk_integrations.outcomes import Unknown
from desk_simulators.pagerduty import PagerDutySimulator
from desk_simulators.pagerduty.seed import NETWORK, ROUTING_KEYS, TIER2, user_id
from desk_simulators.pagerduty.webhooks import SIGNATURE_HEADER, payload, signature

NEW_KEY = "simulated-api-key-after-rotation"
PERSON = user_id("mlopez")
TARGETS = {
    TARGET: {"service": TIER2, "routing_key": "env:TIER2_KEY"},
    OTHER: {"service": NETWORK, "routing_key": "env:NETWORK_KEY"},
}
Edit = Callable[[Any], Any]


class PagerDutyHarness(PagingHarness):
    """The simulated account with its two services. `names_key`: incidents carry the key of their alert."""

    vendor = "pagerduty"
    settings = {"address": "https://api.eu.pagerduty.com", "page_size": 5, "targets": TARGETS}
    paths = PagingPaths(send="/v2/enqueue$", pages="/incidents$", log="/log_entries$")

    def __init__(self, *, names_key: bool = True) -> None:
        clock = FakeClock()
        self.simulator = PagerDutySimulator(clock=clock.now, mode="manual")
        self.simulator.state.behaviour.names_key = names_key
        self.pager = self.simulator.pager
        self.pager.trigger(TIER2, "P1 Acme: A. Khan cannot reach ACME-FS01", SEEN)
        super().__init__(self.simulator.transport(), clock)

    def credentials(self) -> dict[str, str]:
        return {"API_KEY": "simulated-api-key"}

    def rotate_credentials(self) -> dict[str, str]:
        self.simulator.state.account.api_keys[:] = [NEW_KEY]
        return {"API_KEY": NEW_KEY}

    def target_secrets(self) -> dict[str, str]:
        return {"TIER2_KEY": ROUTING_KEYS[TIER2], "NETWORK_KEY": ROUTING_KEYS[NETWORK]}

    def unmap_secret(self) -> None:
        self.env["TIER2_KEY"] = "R0UT1NGKEY0123456789ABCDEF012345"

    def pages(self, key: str) -> int:
        alerts = self.simulator.state.records("alert")
        return len({one["incident"]["id"] for one in alerts if one["alert_key"] == key})

    def sent(self, key: str) -> int:
        calls = self.simulator.ledger.find("POST", "v2/enqueue", status=202)
        return sum(call.body["dedup_key"] == key for call in calls)

    def process_later(self) -> None:
        self.simulator.state.behaviour.processes_at_once = False

    def process(self) -> None:
        self.pager.process()

    def notify(self, key: str, channel: str, *, delivered: bool) -> None:
        self.pager.notify(self.incident(key)["id"], channel, "success" if delivered else "failed")

    def acknowledge(self, key: str) -> str:
        person = self.incident(key)["assignments"][0]["assignee"]["id"]
        self.pager.acknowledge(self.incident(key)["id"], person)
        return str(person)

    def resolve(self, key: str) -> None:
        self.pager.resolve(self.incident(key)["id"], PERSON)

    def escalate(self, key: str) -> None:
        self.pager.escalate(self.incident(key)["id"])

    def break_filter(self) -> None:
        self.simulator.faults.change({"api_filter_ignored": 1.0})

    def overlap_pages(self, rows: int) -> None:
        self.simulator.faults.change({"page_overlap": rows})

    def drift(self, kind: Drift) -> Edit:
        def change(document: dict[str, Any]) -> dict[str, Any]:
            first, *others = document["incidents"]
            if kind == "missing":
                first = {name: value for name, value in first.items() if name != "status"}
            else:
                fields: dict[str, dict[str, Any]] = {
                    "type": {"status": 3},
                    "null": {"html_url": None, "last_status_change_at": None, "incident_type": None},
                    "extra": {"incident_type": {"name": "major_incident"}},
                }
                first = {**first, **fields[kind]}
            return {**document, "incidents": [first, *others], "next_cursor": None}

        return change

    def webhook(self, change: PageChange | Literal["other"], number: int, at: datetime) -> bytes:
        state = self.simulator.state
        kind = "priority_updated" if change == "other" else change
        person = state.reference("user", state.row("user", PERSON)["record"])
        body = payload(state, f"incident.{kind}", self.incident(SEEN), person, f"01G3PQ97QLWWR8SGW2AT6K18H{number}")
        body["event"]["occurred_at"] = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return json.dumps(body).encode()

    def signed(self, body: bytes, *secrets: str) -> dict[str, str]:
        return {SIGNATURE_HEADER.lower(): signature(body, *secrets)}

    @property
    def error_body(self) -> bytes:
        return b'{"error": {"message": "ACME-FS01 of A. Khan", "code": 2000}}'

    def incident(self, key: str) -> dict[str, Any]:
        alert = next(one for one in self.simulator.state.records("alert") if one["alert_key"] == key)
        found: dict[str, Any] = self.simulator.state.row("incident", alert["incident"]["id"])["record"]
        return found


class TestPagerDuty(PagingConformance):
    @pytest.fixture
    async def harness(self) -> AsyncIterator[PagingHarness]:
        made = PagerDutyHarness()
        yield made
        await made.aclose()

    async def test_an_incident_that_has_no_key_of_its_own_is_found_by_its_alert(self) -> None:
        harness = PagerDutyHarness(names_key=False)
        port = harness.adapter()
        await port.page(harness.new(), repeated=False)
        harness.break_filter()
        assert (await state(port, NEW)).external == harness.incident(NEW)["id"]
        assert await port.page(harness.new(), repeated=True) == PageAccepted(NEW, sent=False)
        unnamed = harness.delivered(port, harness.webhook("acknowledged", 1, harness.clock.now()))
        assert isinstance(unnamed, PageUpdate) and unnamed.external == harness.incident(SEEN)["id"]
        await harness.aclose()

    async def test_a_resolved_page_names_the_person_who_resolved_it_and_no_integration(
        self, harness: PagingHarness
    ) -> None:
        port = harness.adapter()
        assert (await state(port)).resolved_by is None
        harness.resolve(SEEN)
        resolved = (await state(port)).resolved_by
        assert resolved is not None and resolved.external == PERSON
        await port.page(harness.new(), repeated=False)
        await port.withdraw(TARGET, NEW)
        assert (await state(port, NEW)).resolved_by is None

    async def test_a_key_that_was_resolved_and_triggered_again_stands_for_the_open_incident(
        self, harness: PagerDutyHarness
    ) -> None:
        harness.resolve(SEEN)
        harness.clock.advance(60)
        second = harness.pager.trigger(TIER2, "Again", SEEN)
        assert (await state(harness.adapter())).external == second["id"]

    async def test_each_api_is_called_in_its_region_and_only_one_gets_the_api_key(
        self, harness: PagerDutyHarness
    ) -> None:
        port = harness.adapter()
        await port.page(harness.new(), repeated=True)
        hosts = {request.url.host: request.headers.get("authorization") for request in harness.faults.asked}
        assert hosts == {
            "api.eu.pagerduty.com": "Token token=simulated-api-key",
            "events.eu.pagerduty.com": None,
        }

    async def test_an_answer_that_accepts_another_key_is_no_acceptance(self, harness: PagerDutyHarness) -> None:
        harness.faults.add(harness.paths.send, edits(lambda answer: {**answer, "dedup_key": "other"}))
        assert await harness.adapter().page(harness.new(), repeated=False) == Unknown("schema-drift")

    @pytest.mark.parametrize(
        ("errors", "fields"),
        [
            (["'payload.summary' is too long"], ("payload.summary",)),
            (["'routing_key' is missing or blank", "Invalid routing key"], ("routing_key",)),
            (["A. Khan"], ("event",)),
            ([], ("event",)),
        ],
    )
    async def test_a_refusal_names_fields_and_never_repeats_our_text(
        self, harness: PagerDutyHarness, errors: list[str], fields: tuple[str, ...]
    ) -> None:
        body = {"status": "invalid event", "message": "Event object is invalid", "errors": errors}
        harness.faults.add(harness.paths.send, answers(400, json.dumps(body).encode()))
        assert await harness.adapter().page(harness.new(), repeated=False) == PageRefused(fields)

    async def test_a_400_of_something_in_between_may_pass(self, harness: PagerDutyHarness) -> None:
        harness.faults.add(harness.paths.send, answers(400, b"<html>Bad Request</html>"))
        assert await harness.adapter().page(harness.new(), repeated=False) == Unknown("unavailable")

    async def test_a_service_that_is_gone_fails_the_check(self, harness: PagerDutyHarness) -> None:
        targets = {TARGET: {"service": "PGONE00", "routing_key": "env:TIER2_KEY"}}
        port = harness.adapter(settings={**harness.settings, "targets": targets})
        assert await port.check() == Unknown("refused")

    @pytest.mark.parametrize(
        ("settings", "named"),
        [
            ({}, "settings.targets: "),
            ({"targets": {}}, "settings.targets: "),
            (
                {"targets": {TARGET: {"service": TIER2, "routing_key": "R0UT1NGKEY"}}},
                "settings.targets.tier2.routing_key",
            ),
            ({"targets": {TARGET: {"service": "a/b", "routing_key": "env:X"}}}, "settings.targets.tier2.service: "),
            ({"targets": TARGETS, "address": "https://evil.example"}, "settings.address: give one of"),
            ({"targets": TARGETS, "page_size": 101}, "settings.page_size: "),
            ({"targets": TARGETS, "kind": "simulator"}, "settings.address: a simulator"),
        ],
    )
    async def test_a_setting_that_cannot_be_used_is_named(
        self, harness: PagerDutyHarness, settings: dict[str, Any], named: str
    ) -> None:
        with pytest.raises(InstancesError) as wrong:
            harness.adapter(settings=settings)
        assert f"instance paging-main: {named}" in str(wrong.value)
        assert "R0UT1NGKEY" not in str(wrong.value)


async def test_the_simulators_own_webhooks_are_updates() -> None:
    received: list[httpx.Request] = []

    def receive(request: httpx.Request) -> httpx.Response:
        received.append(request)
        return httpx.Response(202)

    harness = PagerDutyHarness()
    simulator = PagerDutySimulator(mode="manual", callback_transport=httpx.MockTransport(receive))
    subscription = {
        "type": "webhook_subscription",
        "delivery_method": {"type": "http_delivery_method", "url": "https://desk.example/paging/pagerduty-main"},
        "events": ["incident.triggered", "incident.acknowledged", "incident.resolved"],
        "filter": {"type": "account_reference"},
    }
    async with simulator.client() as client:
        made = (await client.post("/webhook_subscriptions", json={"webhook_subscription": subscription})).json()
        harness.env["WEBHOOK_0"] = made["webhook_subscription"]["delivery_method"]["secret"]
    incident = simulator.pager.trigger(TIER2, "Down", "desk:p:1")
    simulator.pager.acknowledge(incident["id"], PERSON)
    simulator.pager.escalate(incident["id"])
    simulator.pager.resolve(incident["id"], PERSON)
    await simulator.deliver_pending()
    port = harness.adapter()
    found = [port.update_of(request.headers, request.content) for request in received]
    assert [one.change for one in found if isinstance(one, PageUpdate)] == ["triggered", "acknowledged", "resolved"]
    assert [getattr(one, "by", None) is not None for one in found] == [False, True, True]
    assert {getattr(one, "key", None) for one in found} == {"desk:p:1"}
    await harness.aclose()
    await simulator.stop()
