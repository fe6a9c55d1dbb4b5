"""The webhook of each API client: configuration, rights, payload, filters, delivery."""

import json
from typing import Any

import httpx
import pytest

from desk_simulators.kit.webhooks.delivery import DeliveryRules
from desk_simulators.ninjaone import NinjaOneSimulator

URL = "https://hooks.example.net/rmm/t-01"
HOOK: dict[str, Any] = {
    "url": URL,
    "activities": {"CONDITION": ["*"], "SYSTEM": ["SYSTEM_REBOOTED"]},
    "expand": ["device", "organization", "location"],
    "headers": [{"name": "X-Desk-Key", "value": "k-1"}],
}


async def configure(rmm: httpx.AsyncClient, **changes: Any) -> None:
    answer = await rmm.put("/v2/webhook", json={**HOOK, **changes})
    assert (answer.status_code, answer.content) == (204, b"")


async def test_an_alert_is_posted_raised_and_cleared_with_the_clients_header(
    ninja: NinjaOneSimulator, rmm: httpx.AsyncClient, receiver: Any
) -> None:
    await configure(rmm)
    alert = ninja.fleet.raise_alert(5111, "Disk space", "Disk free space on C: below 5 %")
    ninja.fleet.reset_alert(alert["uid"])
    assert await ninja.deliver_pending() == 2
    raised, cleared = (json.loads(request.content) for request in receiver.requests)
    assert [body["statusCode"] for body in (raised, cleared)] == ["TRIGGERED", "RESET"]
    assert raised["seriesUid"] == cleared["seriesUid"] == alert["uid"]
    assert cleared["id"] > raised["id"]
    assert receiver.requests[0].headers["x-desk-key"] == "k-1"
    assert receiver.requests[0].url == URL


async def test_the_payload_is_the_activity_with_what_is_expanded(
    ninja: NinjaOneSimulator, rmm: httpx.AsyncClient, receiver: Any
) -> None:
    await configure(rmm)
    ninja.fleet.reboot(5111)
    await ninja.deliver_pending()
    body = json.loads(receiver.requests[0].content)
    newest = (await rmm.get("/v2/activities", params={"pageSize": 10})).json()["activities"][0]
    assert {name: body[name] for name in newest} == newest
    assert body["device"] == {"id": 5111, "systemName": "BH-WS-021", "organizationId": 42, "locationId": 94}
    assert (body["organization"]["name"], body["location"]["name"]) == ("Blue Harbor Logistics", "Office")
    assert b'": ' not in receiver.requests[0].content


async def test_only_the_activities_asked_for_are_sent(
    ninja: NinjaOneSimulator, rmm: httpx.AsyncClient, receiver: Any
) -> None:
    await configure(rmm, organizationIds=[42, "43"], expand=[])
    ninja.fleet.reboot(5101)
    ninja.fleet.install_software(5111, "Notepad++", "8.6")
    assert ninja.pending == 0
    ninja.fleet.reboot(5111)
    await ninja.deliver_pending()
    body = json.loads(receiver.requests[0].content)
    assert (body["statusCode"], body["deviceId"]) == ("SYSTEM_REBOOTED", 5111)
    assert not body.keys() & {"device", "organization", "location"}


async def test_a_new_configuration_replaces_the_old_one_and_removing_it_ends_delivery(
    ninja: NinjaOneSimulator, rmm: httpx.AsyncClient, receiver: Any
) -> None:
    await configure(rmm)
    await configure(rmm, url="https://hooks.example.net/other")
    ninja.fleet.reboot(5101)
    ninja.fleet.reboot(5101)
    await ninja.deliver_pending(1)
    assert receiver.requests[0].url == "https://hooks.example.net/other"
    assert (await rmm.delete("/v2/webhook")).status_code == 204
    await ninja.deliver_pending()
    ninja.fleet.reboot(5101)
    assert (ninja.pending, len(receiver.requests)) == (0, 1)
    assert [attempt.outcome for attempt in ninja.ledger.attempts] == ["delivered", "dropped"]


async def test_only_a_system_administrators_client_may_configure_it(ninja: NinjaOneSimulator) -> None:
    ninja.state.instance.administrators = frozenset()
    async with ninja.client() as client:
        for answer in (await client.put("/v2/webhook", json=HOOK), await client.delete("/v2/webhook")):
            assert (answer.status_code, answer.json()["errorMessage"]) == (403, "Forbidden")
    assert ninja.state.webhooks == {}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"url": "hooks.example.net"}, "url: must be"),
        ({"url": None}, "url: must be"),
        ({"activities": ["CONDITION"]}, "activities: must be"),
        ({"activities": {"CONDITION": "*"}}, "activities: must be"),
        ({"expand": "device"}, "expand: must be"),
        ({"headers": [{"name": "X"}]}, "headers: must be"),
        ({"organizationIds": ["some"]}, "organizationIds: must be"),
    ],
)
async def test_a_bad_configuration_is_refused_by_field(
    ninja: NinjaOneSimulator, rmm: httpx.AsyncClient, changes: dict[str, Any], said: str
) -> None:
    answer = await rmm.put("/v2/webhook", json={**HOOK, **changes})
    assert answer.status_code == 400
    assert answer.json()["errorMessage"].startswith(said)
    assert ninja.state.webhooks == {}


async def test_a_body_that_is_no_json_object_is_refused(rmm: httpx.AsyncClient) -> None:
    for content in (b"{", b"[1]", b""):
        answer = await rmm.put("/v2/webhook", content=content, headers={"content-type": "application/json"})
        assert answer.status_code == 400


async def test_a_failed_delivery_is_not_repeated(
    ninja: NinjaOneSimulator, rmm: httpx.AsyncClient, receiver: Any
) -> None:
    receiver.statuses = [503]
    await configure(rmm)
    ninja.fleet.reboot(5101)
    assert await ninja.deliver_pending() == 1
    assert [(attempt.status, attempt.outcome) for attempt in ninja.ledger.attempts] == [(503, "failed")]


async def test_rules_may_retry(receiver: Any, clock: Any) -> None:
    receiver.statuses = [503, 200]
    rules = DeliveryRules(retried=frozenset({503}), retry_after=(1.0,))
    ninja = NinjaOneSimulator(clock=clock, mode="manual", callback_transport=httpx.MockTransport(receiver), rules=rules)
    async with ninja.client() as rmm:
        await configure(rmm)
    ninja.fleet.reboot(5101)
    assert await ninja.deliver_pending() == 2
    assert [attempt.outcome for attempt in ninja.ledger.attempts] == ["retried", "delivered"]
    await ninja.stop()


@pytest.mark.parametrize(
    ("knobs", "sent", "outcomes"),
    [
        ({"callbacks_lost": 1.0}, 0, {"lost"}),
        ({"callbacks_doubled": 1.0}, 4, {"delivered"}),
    ],
)
async def test_webhooks_are_lost_and_doubled_on_request(
    ninja: NinjaOneSimulator, rmm: httpx.AsyncClient, knobs: dict[str, float], sent: int, outcomes: set[str]
) -> None:
    await configure(rmm)
    ninja.faults.change(knobs)
    ninja.fleet.reboot(5101)
    ninja.fleet.reboot(5102)
    assert await ninja.deliver_pending() == sent
    assert {attempt.outcome for attempt in ninja.ledger.attempts} == outcomes


async def test_webhooks_overtake_each_other_on_request(
    ninja: NinjaOneSimulator, rmm: httpx.AsyncClient, receiver: Any
) -> None:
    await configure(rmm)
    ninja.faults.change({"callbacks_shuffle_seconds": 60})
    for _ in range(20):
        ninja.fleet.reboot(5101)
    await ninja.deliver_pending()
    order = [json.loads(request.content)["id"] for request in receiver.requests]
    assert sorted(order) != order
    assert len(set(order)) == 20


async def test_two_clients_have_a_webhook_each(ninja: NinjaOneSimulator, rmm: httpx.AsyncClient, receiver: Any) -> None:
    ninja.tokens.applications["deskstream-read"].scopes = ("monitoring", "management")
    ninja.state.instance.administrators |= {"deskstream-read"}
    await configure(rmm)
    async with ninja.client(client_id="deskstream-read") as second:
        await configure(second, url="https://hooks.example.net/second")
        ninja.fleet.reboot(5101)
        await ninja.deliver_pending()
        await second.delete("/v2/webhook")
    ninja.fleet.reboot(5101)
    await ninja.deliver_pending()
    assert [str(request.url) for request in receiver.requests] == [URL, "https://hooks.example.net/second", URL]
