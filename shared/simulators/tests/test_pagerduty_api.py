"""The simulated PagerDuty: events, incidents, lists, refusals, limits, subscriptions, signatures, as the contract."""

import hashlib
import hmac
import json
import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from desk_simulators.kit.http.control import PREFIX
from desk_simulators.pagerduty import Demo, PagerDutySimulator
from desk_simulators.pagerduty.seed import NETWORK, ROUTING_KEYS, TIER2, user_id

KEY, FROM = ROUTING_KEYS[TIER2], {"From": "mlopez@examplemsp.example"}
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
PAYLOAD = {"summary": "File server down", "source": "service-desk", "severity": "critical"}
REFERENCE = {"id", "type", "summary", "self", "html_url"}
INCIDENT = {
    "id", "type", "summary", "self", "html_url", "incident_number", "title", "created_at", "updated_at", "status",
    "incident_key", "service", "assignments", "assigned_via", "last_status_change_at", "last_status_change_by",
    "resolved_at", "first_trigger_log_entry", "alert_counts", "is_mergeable", "escalation_policy", "teams",
    "acknowledgements", "pending_actions", "priority", "resolve_reason", "urgency",
}  # fmt: skip
EVENT_DATA = {
    "id", "type", "self", "html_url", "number", "status", "incident_key", "created_at", "title", "service",
    "assignees", "escalation_policy", "teams", "priority", "urgency", "conference_bridge", "resolve_reason",
}  # fmt: skip
SUBSCRIPTION = {
    "type": "webhook_subscription",
    "delivery_method": {
        "type": "http_delivery_method",
        "url": "https://desk.example/pagerduty",
        "custom_headers": [{"name": "X-Desk", "value": "secret-value"}],
    },
    "events": ["incident.triggered", "incident.acknowledged"],
    "filter": {"id": TIER2, "type": "service_reference"},
}


@pytest.fixture
async def pager(clock: Any, receiver: Any) -> AsyncIterator[PagerDutySimulator]:
    simulator = PagerDutySimulator(clock=clock, mode="manual", callback_transport=httpx.MockTransport(receiver))
    yield simulator
    await simulator.stop()


@pytest.fixture
async def api(pager: PagerDutySimulator) -> AsyncIterator[httpx.AsyncClient]:
    async with pager.client() as client:
        yield client


async def send(api: httpx.AsyncClient, **event: object) -> httpx.Response:
    values = {"routing_key": KEY, "event_action": "trigger", "dedup_key": "k", "payload": PAYLOAD, **event}
    sent = {name: value for name, value in values.items() if value is not None}
    return await api.post("/v2/enqueue", json=sent, headers={"authorization": ""})


async def incidents(api: httpx.AsyncClient, **params: Any) -> list[dict[str, Any]]:
    answer = await api.get("/incidents", params=params)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["incidents"]
    return found


async def test_an_event_is_accepted_with_its_key_and_opens_one_incident(api: httpx.AsyncClient) -> None:
    for _ in range(2):
        answer = await send(api)
        assert answer.status_code == 202
        assert answer.json() == {"status": "success", "message": "Event processed", "dedup_key": "k"}
    (incident,) = await incidents(api, incident_key="k")
    assert incident.keys() >= INCIDENT and incident["service"].keys() == REFERENCE
    assert (incident["type"], incident["status"], incident["urgency"]) == ("incident", "triggered", "high")
    assert TIME.fullmatch(incident["created_at"]) and incident["resolved_at"] is None
    (alert,) = (await api.get(f"/incidents/{incident['id']}/alerts")).json()["alerts"]
    assert (alert["alert_key"], alert["severity"], alert["incident"]["id"]) == ("k", "critical", incident["id"])


async def test_an_event_without_a_key_gets_one(api: httpx.AsyncClient) -> None:
    keys = {(await send(api, dedup_key=None)).json()["dedup_key"] for _ in range(2)}
    assert len(keys) == 2 and all(keys)


async def test_a_second_trigger_overwrites_the_text_and_one_after_the_end_opens_another(
    api: httpx.AsyncClient,
) -> None:
    await send(api)
    await send(api, payload={**PAYLOAD, "summary": "Still down"})
    (incident,) = await incidents(api, incident_key="k")
    alerts = (await api.get(f"/incidents/{incident['id']}/alerts")).json()["alerts"]
    assert [alert["summary"] for alert in alerts] == ["Still down"]
    assert (await send(api, event_action="resolve", payload=None)).json()["dedup_key"] == "k"
    await send(api)
    assert [one["status"] for one in await incidents(api, incident_key="k")] == ["resolved", "triggered"]


@pytest.mark.parametrize("action", ["acknowledge", "resolve"])
async def test_a_change_without_an_open_alert_is_accepted_and_dropped(api: httpx.AsyncClient, action: str) -> None:
    assert (await send(api, event_action=action, payload=None)).status_code == 202
    other = ROUTING_KEYS[NETWORK]
    await send(api)
    await send(api, event_action=action, routing_key=other, payload=None)
    assert [one["status"] for one in await incidents(api, incident_key="k")] == ["triggered"]


@pytest.mark.parametrize(
    ("event", "error"),
    [
        ({"routing_key": None}, "'routing_key' is missing or blank"),
        ({"routing_key": "R0UT1NGKEY0123456789ABCDEF012345"}, "Invalid routing key"),
        ({"event_action": "page"}, "'event_action' is invalid"),
        ({"event_action": "resolve", "dedup_key": None}, "'dedup_key' is missing or blank"),
        ({"dedup_key": "k" * 256}, "'dedup_key' is invalid"),
        ({"payload": None}, "'payload' is missing or blank"),
        ({"payload": {**PAYLOAD, "source": ""}}, "'payload.source' is missing or blank"),
        ({"payload": {**PAYLOAD, "summary": "x" * 1025}}, "'payload.summary' is too long"),
        (
            {"payload": {**PAYLOAD, "severity": "bad"}},
            "'payload.severity' is invalid (must be one of the following: 'critical', 'warning', 'error' or 'info')",
        ),
    ],
)
async def test_an_invalid_event_is_refused_with_its_field(
    api: httpx.AsyncClient, event: dict[str, Any], error: str
) -> None:
    answer = await send(api, **event)
    body = answer.json()
    assert (answer.status_code, body["status"], body["message"]) == (400, "invalid event", "Event object is invalid")
    assert [one for one in body["errors"] if one.startswith(error)]
    assert await incidents(api, incident_key="k") == []


async def test_a_body_that_is_no_json_is_unrecognized(api: httpx.AsyncClient) -> None:
    answer = await api.post("/v2/enqueue", content=b"{", headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["errors"]) == (400, ["JSON parse error"])


async def test_120_events_a_minute_are_taken_from_one_integration(api: httpx.AsyncClient, clock: Any) -> None:
    statuses = [(await send(api)).status_code for _ in range(121)]
    assert statuses == [202] * 120 + [429]
    assert (await send(api, routing_key=ROUTING_KEYS[NETWORK])).status_code == 202
    clock.advance(seconds=60)
    assert (await send(api)).status_code == 202


@pytest.mark.parametrize("authorization", ["", "Token token=wrong", "Basic c2ltdWxhdGVk", "simulated-api-key"])
async def test_reads_need_the_api_key(api: httpx.AsyncClient, authorization: str) -> None:
    answer = await api.get("/incidents", headers={"authorization": authorization})
    assert (answer.status_code, answer.json()) == (401, {"error": {"message": "Authentication failed", "code": 2006}})


async def test_every_answer_reports_the_limit_and_a_429_has_no_retry_after(
    pager: PagerDutySimulator, api: httpx.AsyncClient
) -> None:
    pager.state.behaviour.requests_per_minute = 2
    first, second, third = [await api.get("/abilities") for _ in range(3)]
    assert [one.headers["ratelimit-remaining"] for one in (first, second, third)] == ["1", "0", "0"]
    assert (third.status_code, third.json()["error"]["code"], third.headers["ratelimit-limit"]) == (429, 2020, "2")
    assert 1 <= int(third.headers["ratelimit-reset"]) <= 60 and "retry-after" not in third.headers


async def test_lists_are_paged_by_offset(pager: PagerDutySimulator, api: httpx.AsyncClient) -> None:
    for number in range(30):
        pager.pager.trigger(TIER2, f"Page {number}", f"k{number}")
    first = (await api.get("/incidents", params={"total": "true"})).json()
    assert (len(first["incidents"]), first["limit"], first["offset"]) == (25, 25, 0)
    assert (first["more"], first["total"]) == (True, 31)
    last = (await api.get("/incidents?limit=500&offset=25")).json()
    assert (len(last["incidents"]), last["limit"], last["more"], last["total"]) == (6, 100, False, None)
    assert (await api.get("/incidents?offset=9990")).status_code == 400


async def test_incidents_are_filtered_by_repeated_parameters_and_time(
    pager: PagerDutySimulator, api: httpx.AsyncClient, clock: Any
) -> None:
    page = pager.pager.trigger(TIER2, "Page", "k")
    pager.pager.resolve(page["id"], user_id("mlopez"))
    found = await api.get("/incidents?statuses[]=resolved&statuses[]=triggered&service_ids[]=PTIER20")
    assert [one["id"] for one in found.json()["incidents"]] == [page["id"]]
    assert await incidents(api, **{"statuses[]": "triggered"}) == []
    clock.advance(days=31)
    assert await incidents(api, incident_key="k") == []
    assert len(await incidents(api, incident_key="k", date_range="all")) == 1
    assert (await api.get("/incidents?statuses[]=lost")).json()["error"]["code"] == 1003


async def test_the_log_has_notifications_newest_first(pager: PagerDutySimulator, api: httpx.AsyncClient) -> None:
    page = pager.pager.trigger(TIER2, "Page", "k")
    pager.pager.notify(page["id"], "sms", "failed")
    path = f"/incidents/{page['id']}/log_entries"
    log = (await api.get(path, params={"include[]": "channels"})).json()["log_entries"]
    kinds = ["notify_log_entry", "notify_log_entry", "assign_log_entry", "trigger_log_entry"]
    assert [one["type"] for one in log] == kinds
    assert log[0]["channel"]["notification"]["status"] == "failed" and log[0]["user"]["id"] == "PMLOPEZ"
    assert "notification" not in (await api.get(path)).json()["log_entries"][0]["channel"]


async def test_a_person_opens_and_changes_an_incident(api: httpx.AsyncClient) -> None:
    given = {"type": "incident", "title": "Fire", "service": {"id": TIER2, "type": "service_reference"}}
    body = {"incident": {**given, "incident_key": "fire"}}
    assert (await api.post("/incidents", json=body)).json()["error"]["code"] == 1008
    made = await api.post("/incidents", json=body, headers=FROM)
    again = await api.post("/incidents", json=body, headers=FROM)
    assert (made.status_code, again.status_code, again.json()["error"]["code"]) == (201, 400, 2002)
    path, change = f"/incidents/{made.json()['incident']['id']}", {"type": "incident_reference", "status": "resolved"}
    changed = await api.put(path, json={"incident": change}, headers=FROM)
    assert changed.json()["incident"]["status"] == "resolved"
    assert (await api.put(path, json={"incident": change}, headers=FROM)).json()["error"]["code"] == 1001
    assert (await api.get("/incidents/PNOWHER")).status_code == 404


async def test_an_integration_key_is_answered_only_when_asked_for(api: httpx.AsyncClient) -> None:
    bare = (await api.get(f"/services/{TIER2}")).json()["service"]
    full = (await api.get(f"/services/{TIER2}", params={"include[]": "integrations"})).json()["service"]
    assert "integration_key" not in bare["integrations"][0]
    assert full["integrations"][0]["integration_key"] == KEY


async def test_a_webhook_is_signed_with_every_secret_of_its_subscription(
    pager: PagerDutySimulator, api: httpx.AsyncClient, receiver: Any
) -> None:
    made = await api.post("/webhook_subscriptions", json={"webhook_subscription": SUBSCRIPTION})
    subscription = made.json()["webhook_subscription"]
    secret = subscription["delivery_method"]["secret"]
    read = (await api.get(f"/webhook_subscriptions/{subscription['id']}")).json()["webhook_subscription"]
    assert (made.status_code, read["delivery_method"]["secret"]) == (201, None)
    assert read["delivery_method"]["custom_headers"] == [{"name": "X-Desk", "value": "<redacted>"}]
    both = {"secrets": [secret, "older"]}
    await api.post(f"{PREFIX}/webhook_subscriptions/{subscription['id']}/secret", json=both)
    page = pager.pager.trigger(TIER2, "Zoë", "k")
    pager.pager.trigger(NETWORK, "Elsewhere", "n")
    pager.pager.resolve(page["id"], user_id("mlopez"))
    await pager.deliver_pending()
    (request,) = receiver.requests
    expected = [hmac.new(one.encode(), request.content, hashlib.sha256).hexdigest() for one in both["secrets"]]
    assert request.headers["X-PagerDuty-Signature"] == ",".join(f"v1={one}" for one in expected)
    assert request.headers["X-Desk"] == "secret-value" and request.headers["X-Webhook-Id"]
    event = json.loads(request.content)["event"]
    assert event.keys() == {"id", "event_type", "resource_type", "occurred_at", "agent", "client", "data"}
    assert (event["event_type"], event["resource_type"]) == ("incident.triggered", "incident")
    assert event["data"].keys() == EVENT_DATA and event["data"]["incident_key"] == "k"


async def test_a_ping_is_sent_and_a_removed_subscription_gets_nothing(
    pager: PagerDutySimulator, api: httpx.AsyncClient, receiver: Any
) -> None:
    made = await api.post("/webhook_subscriptions", json={"webhook_subscription": SUBSCRIPTION})
    path = f"/webhook_subscriptions/{made.json()['webhook_subscription']['id']}"
    assert (await api.post(f"{path}/ping")).status_code == 202
    await pager.deliver_pending()
    assert (await api.delete(path)).status_code == 204
    pager.pager.trigger(TIER2, "Page", "k")
    await pager.deliver_pending()
    assert [json.loads(one.content)["event"]["event_type"] for one in receiver.requests] == ["pagey.ping"]
    assert (await api.get(path)).status_code == 404
    wrong = {**SUBSCRIPTION, "events": ["incident.eaten"]}
    assert (await api.post("/webhook_subscriptions", json={"webhook_subscription": wrong})).status_code == 400


async def test_a_state_file_keeps_incidents_and_waiting_events(tmp_path: Any, clock: Any) -> None:
    path = tmp_path / "pagerduty.json"
    first = PagerDutySimulator(clock=clock, mode="manual", state_file=path)
    first.state.behaviour.processes_at_once = False
    async with first.client() as client:
        await send(client)
    await first.stop()
    second = PagerDutySimulator(clock=clock, mode="manual", state_file=path)
    assert second.pager.process() == ["k"]
    assert [one["incident_key"] for one in second.pager.incidents()] == ["monitoring:BH-SW-02", "k"]


def test_the_same_seed_plays_the_same_day(clock: Any) -> None:
    days = []
    for _ in range(2):
        simulator = PagerDutySimulator(clock=clock, mode="manual")
        for number in range(5):
            simulator.pager.trigger(TIER2, f"Page {number}", f"k{number}")
        demo = Demo(simulator.pager, seed=7)
        for _ in range(40):
            demo.step()
        days.append([(one["id"], one["status"]) for one in simulator.pager.incidents()])
    assert days[0] == days[1] and {status for _, status in days[0]} >= {"resolved"}
