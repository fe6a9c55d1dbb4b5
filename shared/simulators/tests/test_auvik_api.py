"""The simulated Auvik: JSON:API documents, cursors in both directions, filters, refusals, webhooks, as the contract."""

import json
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from desk_simulators.auvik import AuvikSimulator, Behaviour, Demo
from desk_simulators.kit.http.control import PREFIX

DEVICES, ALERTS = "/v1/inventory/device/info", "/v1/alert/history/info"
JSON_API = "application/vnd.api+json"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
ACME, BLUEHARBOR = "195798545063742726", "195798545063744744"
DEVICE = {
    "ipAddresses", "deviceName", "deviceType", "makeModel", "vendorName", "softwareVersion", "serialNumber",
    "description", "firmwareVersion", "lastModified", "lastSeenTime", "onlineStatus",
}  # fmt: skip
ALERT = {
    "name", "severity", "status", "alertDefinitionId", "specificationId", "detectedOn", "description", "dismissed",
    "dispatched", "externalTicket",
}  # fmt: skip
WEBHOOK = {
    "entityId", "subject", "alertStatusString", "alertId", "alertName", "entityName", "companyName", "entityType",
    "date", "link", "alertStatus", "correlationId", "alertDescription", "alertSeverityString", "alertSeverity",
    "companyId",
}  # fmt: skip


async def read(account: httpx.AsyncClient, path: str, **params: str) -> dict[str, Any]:
    answer = await account.get(path, params=params or None)
    assert (answer.status_code, answer.headers["content-type"]) == (200, JSON_API)
    found: dict[str, Any] = answer.json()
    return found


async def names(account: httpx.AsyncClient, **params: str) -> list[str]:
    return [row["attributes"]["deviceName"] for row in (await read(account, DEVICES, **params))["data"]]


async def test_a_device_has_the_fields_and_links_of_the_contract(account: httpx.AsyncClient) -> None:
    found = await read(account, DEVICES, tenants=BLUEHARBOR, include="deviceDetail")
    assert found.keys() == {"data", "included", "links", "meta"}
    switch = next(row for row in found["data"] if row["attributes"]["deviceName"] == "BH-SW-02")
    assert switch.keys() == {"type", "id", "attributes", "relationships", "links"}
    assert switch["attributes"].keys() == DEVICE
    assert (switch["type"], switch["attributes"]["deviceType"]) == ("device", "switch")
    assert (switch["attributes"]["onlineStatus"], switch["attributes"]["serialNumber"]) == ("offline", "SN000706")
    tenant = {"type": "tenant", "id": BLUEHARBOR, "attributes": {"domainPrefix": "blueharbor"}}
    assert switch["relationships"]["tenant"]["data"] == tenant
    assert switch["links"]["self"] == f"https://auvikapi.eu1.my.auvik.com{DEVICES}/{switch['id']}"
    assert switch["links"]["dashboard"].startswith("https://blueharbor.my.auvik.com/#entity/device/")
    assert TIME.fullmatch(switch["attributes"]["lastModified"])
    detail = next(row for row in found["included"] if row["id"] == switch["id"])
    neighbours = {row["attributes"]["deviceName"] for row in detail["relationships"]["connectedDevices"]["data"]}
    assert (detail["type"], neighbours) == ("deviceDetail", {"BH-WS-021", "BH-SCAN-07"})
    assert detail["attributes"]["manageStatus"] is True


async def test_one_device_comes_alone_and_its_detail_only_when_asked_for(account: httpx.AsyncClient) -> None:
    first = (await read(account, DEVICES))["data"][0]
    assert await read(account, f"{DEVICES}/{first['id']}") == {"data": first}
    both = await read(
        account, f"{DEVICES}/{first['id']}", include="deviceDetail", **{"fields[deviceDetail]": "interfaces"}
    )
    ((detail,),) = [both["included"]]
    assert (detail["attributes"], detail["relationships"].keys()) == ({}, {"tenant", "interfaces"})


async def test_lists_are_paged_by_complete_links_that_point_back_and_end_with_null(
    account: httpx.AsyncClient,
) -> None:
    page = await read(account, DEVICES, **{"page[first]": "7", "filter[stateKnown]": "true"})
    found, links = page["data"], []
    assert (page["meta"], page["links"]["prev"]) == ({"totalPages": 3}, None)
    while (link := page["links"]["next"]) is not None:
        links.append(link)
        assert parse_qs(urlsplit(link).query)["filter[stateKnown]"] == ["true"]
        page = await read(account, link)
        found += page["data"]
    assert len(set(links)) == 2 and len({row["id"] for row in found}) == len(found) == 18
    backwards = await read(account, page["links"]["prev"])
    assert [row["id"] for row in backwards["data"]] == [row["id"] for row in found[7:14]]
    last = await read(account, page["links"]["last"])
    assert [row["id"] for row in last["data"]] == [row["id"] for row in found[11:]]


async def test_a_row_that_goes_between_two_pages_moves_no_other(
    auvik: AuvikSimulator, account: httpx.AsyncClient
) -> None:
    page = await read(account, DEVICES, **{"page[first]": "9"})
    auvik.network.remove_device(page["data"][8]["id"])
    rest = await read(account, page["links"]["next"])
    assert len({row["id"] for row in [*page["data"], *rest["data"]]}) == 18


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({"tenants": ACME, "filter[deviceType]": "firewall"}, ["ACME-FW01"]),
        ({"tenants": f"{ACME},{BLUEHARBOR}", "filter[onlineStatus]": "offline"}, ["BH-SW-02"]),
        ({"filter[makeModel]": '"FortiGate 60F"'}, ["ACME-FW01"]),
        ({"filter[modifiedAfter]": "2030-01-01T00:00:00.000Z"}, []),
        ({"tenants": "1"}, []),
    ],
)
async def test_devices_are_filtered(account: httpx.AsyncClient, params: dict[str, str], found: list[str]) -> None:
    assert await names(account, **params) == found


async def test_an_unknown_parameter_is_ignored(account: httpx.AsyncClient) -> None:
    assert len(await names(account, **{"filter[colour]": "red", "sort": "name"})) == 18


async def test_alerts_are_a_history_whose_records_are_related(
    auvik: AuvikSimulator, account: httpx.AsyncClient, clock: Any
) -> None:
    (alert,) = (await read(account, ALERTS, **{"filter[status]": "created"}))["data"]
    assert alert["attributes"].keys() == ALERT
    assert alert["relationships"]["entity"]["data"].keys() == {"type", "id", "links"}
    clock.advance(minutes=5)
    cleared = auvik.network.clear_alert(alert["id"])
    again = (await read(account, f"{ALERTS}/{alert['id']}"))["data"]
    assert again["attributes"] == alert["attributes"]
    related = again["relationships"]["relatedAlert"]["data"]
    assert (related["id"], related["attributes"]["name"]) == (cleared["id"], "Switch is offline Cleared")
    (other,) = (await read(account, ALERTS, **{"filter[status]": "resolved"}))["data"]
    assert other["id"] == cleared["id"]
    later = await read(account, ALERTS, **{"filter[detectedTimeAfter]": alert["attributes"]["detectedOn"]})
    assert [row["id"] for row in later["data"]] == [cleared["id"]]


async def test_an_alert_may_be_resolved_in_place(clock: Any) -> None:
    auvik = AuvikSimulator(clock=clock, mode="manual", behaviour=Behaviour(resolves_in_place=True))
    auvik.network.clear_alert(auvik.network.open_alerts()[0]["id"])
    assert [row["attributes"]["status"] for row in auvik.state.records("alert")] == ["resolved", "resolved"]


async def test_an_alert_is_dismissed_by_the_api(account: httpx.AsyncClient) -> None:
    (alert,) = (await read(account, ALERTS))["data"]
    assert (await account.post(f"/v1/alert/dismiss/{alert['id']}")).status_code == 204
    assert (await read(account, ALERTS, **{"filter[dismissed]": "false"}))["data"] == []


async def test_tenants_are_the_multi_client_and_its_clients(account: httpx.AsyncClient) -> None:
    rows = (await read(account, "/v1/tenants"))["data"]
    assert [row["attributes"]["tenantType"] for row in rows] == ["multiClient", *["client"] * 6]
    assert {row["relationships"]["parent"]["data"]["id"] for row in rows[1:]} == {rows[0]["id"]}
    details = (await read(account, "/v1/tenants/detail", tenantDomainPrefix="examplemsp"))["data"]
    assert [row["id"] for row in details] == [row["id"] for row in rows]
    one = await read(account, f"/v1/tenants/detail/{ACME}", tenantDomainPrefix="acme")
    assert (one["data"]["type"], one["data"]["attributes"]["displayName"]) == ("tenants", "Acme Ltd")


async def test_credentials_are_verified_with_an_empty_body(auvik: AuvikSimulator, account: httpx.AsyncClient) -> None:
    assert [(answer.status_code, answer.content) for answer in [await account.get("/v1/authentication/verify")]] == [
        (200, b"")
    ]
    wrong = (("api@examplemsp.example", "wrong"), ("nobody@examplemsp.example", "simulated-api-key"))
    for auth in wrong:
        answer = await account.get("/v1/authentication/verify", auth=auth)
        assert (answer.status_code, answer.content, "content-type" in answer.headers) == (401, b"", False)
    bare = await account.get(DEVICES, headers={"authorization": "Bearer x"}, auth=httpx.Auth())
    assert bare.status_code == 401


@pytest.mark.parametrize(
    ("path", "params", "status"),
    [
        (f"{DEVICES}/nothing", {}, 404),
        ("/v1/nothing", {}, 404),
        (ALERTS, {"filter[status]": "open"}, 400),
        (ALERTS, {"filter[dismissed]": "perhaps"}, 400),
        (DEVICES, {"page[first]": "many"}, 400),
        (DEVICES, {"page[after]": "%%%"}, 400),
        ("/v1/tenants/detail", {}, 400),
        ("/v1/tenants/detail", {"tenantDomainPrefix": "nobody"}, 404),
    ],
)
async def test_refusals_are_json_api_errors_with_nothing_beside_them(
    account: httpx.AsyncClient, path: str, params: dict[str, str], status: int
) -> None:
    answer = await account.get(path, params=params)
    assert (answer.status_code, answer.headers["content-type"], answer.json().keys()) == (status, JSON_API, {"errors"})


async def test_a_limit_answers_429_with_retry_after(auvik: AuvikSimulator, account: httpx.AsyncClient) -> None:
    auvik.state.behaviour.requests_per_minute = 1
    assert (await account.get(DEVICES)).status_code == 200
    answer = await account.get(DEVICES)
    assert (answer.status_code, int(answer.headers["retry-after"]) > 0) == (429, True)


async def test_a_webhook_has_the_fixed_payload_and_its_ids_are_those_of_the_api(
    auvik: AuvikSimulator, account: httpx.AsyncClient, receiver: Any
) -> None:
    url = "https://hooks.example.net/auvik?key=secret"
    assert (await account.put(f"{PREFIX}/webhook", json={"url": url})).status_code == 200
    device = next(row for row in auvik.network.devices() if row["attributes"]["deviceName"] == "ACME-FW01")
    raised = auvik.network.raise_alert(device["id"], "Firewall is offline", "emergency", "No answer")
    auvik.network.clear_alert(raised["id"])
    await auvik.deliver_pending()
    fired, cleared = [json.loads(request.content) for request in receiver.requests]
    assert {str(request.url) for request in receiver.requests} == {url}
    assert fired.keys() == cleared.keys() == WEBHOOK
    assert (fired["alertStatus"], fired["alertStatusString"]) == (0, "Triggered")
    assert (cleared["alertStatus"], cleared["alertStatusString"]) == (1, "Cleared")
    assert (fired["entityId"], fired["correlationId"], fired["companyId"]) == (device["id"], raised["id"], ACME)
    assert (fired["alertSeverity"], fired["alertSeverityString"]) == (1, "Emergency")
    assert (fired["alertId"], fired["entityId"]) == (cleared["alertId"], cleared["entityId"])


async def test_acts_are_carried_out_over_the_control_address(account: httpx.AsyncClient) -> None:
    listing = (await account.get(f"{PREFIX}/network")).json()
    device = next(iter(listing["devices"]))
    values = {"device": device, "status": "unreachable"}
    assert (await account.post(f"{PREFIX}/network/set_status", json=values)).status_code == 200
    assert await names(account, **{"filter[onlineStatus]": "unreachable"}) == [listing["devices"][device]]
    for wrong, status in (({**values, "status": "asleep"}, 400), ({**values, "device": "x"}, 404)):
        assert (await account.post(f"{PREFIX}/network/set_status", json=wrong)).status_code == status
    rotated = {"username": "api@examplemsp.example", "api_key": "another"}
    assert (await account.post(f"{PREFIX}/credentials/rotate", json=rotated)).status_code == 200
    assert (await account.get(DEVICES)).status_code == 401


async def test_the_next_start_continues_with_the_same_account(clock: Any, tmp_path: Any) -> None:
    file = tmp_path / "auvik.json"
    first = AuvikSimulator(clock=clock, mode="manual", state_file=file)
    first.network.remove_device(first.network.devices()[0]["id"])
    await first.stop()
    second = AuvikSimulator(clock=clock, mode="manual", state_file=file)
    async with first.client() as one, second.client() as other:
        assert await read(one, DEVICES) == await read(other, DEVICES)
    assert len(second.network.devices()) == 17


def test_a_demo_raises_and_clears_and_the_same_seed_lives_the_same(clock: Any) -> None:
    start, lives = clock.now, []
    for _ in range(2):
        clock.now = start
        auvik = AuvikSimulator(clock=clock, mode="manual")
        demo = Demo(auvik.network, seed=3)
        for _ in range(100):
            clock.advance(minutes=1)
            demo.step()
        lives.append(list(auvik.state.table("alert")))
        assert len(auvik.network.open_alerts()) <= 4
    assert lives[0] == lives[1]
    assert {row["record"]["attributes"]["status"] for row in lives[0]} == {"created", "resolved"}
