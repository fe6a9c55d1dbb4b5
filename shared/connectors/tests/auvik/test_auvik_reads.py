"""Reads of an Auvik account: credentials, links, details, records that are no resources, webhooks."""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk_connectors.auvik import Auvik, AuvikSettings, Credentials, WebhookInvalid, parse_webhook
from desk_connectors.http import RecordGone, VendorAnswerInvalid, VendorHttp, VendorRefused
from desk_connectors.testing import FakeClock, Played

ADDRESS = "https://auvikapi.eu1.my.auvik.com"
SETTINGS = AuvikSettings(instance="auvik-main", address=ADDRESS, page_size=5)
CREDENTIALS = Credentials("user@example.com", "s3cret:key")
TENANT = {"data": {"type": "tenant", "id": "195798545063742726", "attributes": {"domainPrefix": "lumenbakery"}}}
NOTICE = {
    "entityId": "MTk5", "subject": "You have a new alert!", "alertStatusString": "Triggered", "alertId": "MTUy",
    "alertName": "Firewall is offline", "entityName": "edge-fw-01", "companyName": "lumenbakery",
    "entityType": "device", "date": "2026-06-08T10:40:12.512Z", "link": "https://lumenbakery.my.auvik.com/#alerts",
    "alertStatus": 0, "correlationId": "MTg2", "alertDescription": "No answer", "alertSeverityString": "Critical",
    "alertSeverity": 2, "companyId": "195798545063742726",
}  # fmt: skip


def device(number: int, **attributes: object) -> dict[str, Any]:
    return {
        "type": "device",
        "id": f"MTk5{number}",
        "attributes": {"deviceName": f"edge-fw-{number:02d}", "onlineStatus": "online", **attributes},
        "relationships": {"tenant": TENANT},
        "links": {"dashboard": "https://lumenbakery.my.auvik.com/#entity/device/1995"},
    }


def alert(**attributes: object) -> dict[str, Any]:
    values = {"name": "Firewall is offline", "severity": "critical", "status": "created", "dismissed": False}
    return {
        "type": "alert",
        "id": "MTg2",
        "attributes": {**values, "detectedOn": "2026-06-08T10:40:12.512Z", "externalTicket": [], **attributes},
        "relationships": {"tenant": TENANT, "entity": {"data": {"type": "device", "id": "MTk5"}}},
    }


def account(*documents: object) -> tuple[Auvik, Played]:
    script = [one if isinstance(one, httpx.Response) else httpx.Response(200, json=one) for one in documents]
    played = Played(*script)
    http = VendorHttp("auvik", SETTINGS.limits, FakeClock(), played)
    return Auvik(SETTINGS, http, lambda: CREDENTIALS), played


async def test_every_call_carries_user_and_key_and_asks_for_json_api() -> None:
    client, played = account(httpx.Response(200))
    await client.verify()
    (request,) = played.asked
    assert request.headers["authorization"] == f"Basic {b64encode(b'user@example.com:s3cret:key').decode()}"
    assert request.headers["accept"] == "application/vnd.api+json"


async def test_the_vendors_links_are_followed_without_parameters_of_our_own() -> None:
    link = f"{ADDRESS}/v1/inventory/device/info?tenants=1&page[first]=5&page[after]=Y3Vyc29y"
    first = {"data": [device(1), device(2)], "links": {"next": link}}
    client, played = account(first, {"data": [device(2), device(3), {"id": 7}], "links": {"next": None}})
    found = await client.devices("1")
    assert [one.id for one in found.records] == ["MTk51", "MTk52", "MTk53"]
    assert (found.unreadable, found.cut) == (1, False)
    assert played.asked[0].url.params["page[first]"] == "5"
    assert played.asked[1].url == httpx.URL(link)


@pytest.mark.parametrize("links", [{}, {"next": None}, {"next": ""}, None])
async def test_a_list_without_a_next_link_is_at_its_end(links: object) -> None:
    client, played = account({"data": [device(1)], "links": links})
    assert len((await client.devices("1")).records) == 1
    assert len(played.asked) == 1


@pytest.mark.parametrize(
    "link",
    ["https://auvikapi.us2.my.auvik.com/v1/x", "http://auvikapi.eu1.my.auvik.com/v1/x", f"{ADDRESS}/v2/x", "//x", {}],
)
async def test_a_link_to_another_origin_is_refused(link: object) -> None:
    client, played = account({"data": [], "links": {"next": link}})
    with pytest.raises(VendorAnswerInvalid, match=r"links\.next"):
        await client.devices("1")
    assert len(played.asked) == 1


async def test_a_device_comes_with_its_own_detail() -> None:
    other = {"type": "deviceDetail", "id": "MTk59", "relationships": {}}
    neighbours = {"connectedDevices": {"data": [{"type": "device", "id": "MTk52", "attributes": {"deviceName": "sw"}}]}}
    detail = {"type": "deviceDetail", "id": "MTk51", "relationships": neighbours}
    client, played = account({"data": device(1), "included": [other, detail]})
    found = await client.device("MTk51")
    assert found.detail is not None
    assert [one.id for one in found.detail.relationships.connected_devices.data] == ["MTk52"]
    assert (found.device.tenant, played.asked[0].url.params["include"]) == ("195798545063742726", "deviceDetail")


async def test_times_and_filters_of_alerts_are_those_of_the_contract() -> None:
    client, played = account({"data": [alert()]})
    (found,) = (await client.raised_alerts("1", datetime(2026, 6, 8, 12, 0, tzinfo=UTC))).records
    assert found.attributes.detected_on == datetime(2026, 6, 8, 10, 40, 12, 512_000, tzinfo=UTC)
    params = dict(played.asked[0].url.params)
    assert params["filter[detectedTimeAfter]"] == "2026-06-08T12:00:00.000Z"
    assert (params["filter[status]"], params["filter[dismissed]"]) == ("created", "false")


@pytest.mark.parametrize(
    ("attributes", "related", "is_open"),
    [
        ({}, None, True),
        ({"status": "resolved"}, None, False),
        ({"dismissed": True}, None, False),
        ({}, "Firewall is offline Cleared", False),
        ({}, "Firewall is offline", True),
    ],
)
async def test_an_alert_is_open_until_it_is_cleared_or_dismissed(
    attributes: dict[str, object], related: str | None, *, is_open: bool
) -> None:
    row = alert(**attributes)
    if related is not None:
        row["relationships"]["relatedAlert"] = {"data": {"type": "alert", "id": "x", "attributes": {"name": related}}}
    client, _ = account({"data": [row]})
    (found,) = (await client.raised_alerts("1")).records
    assert found.is_open is is_open


@pytest.mark.parametrize(
    ("answer", "error", "text"),
    [
        (httpx.Response(404, json={"errors": []}), RecordGone, "not there"),
        (httpx.Response(401), VendorRefused, "401"),
        (httpx.Response(200, json={"errors": [{"title": "x"}]}), VendorRefused, "error body"),
        (httpx.Response(200, json={"meta": {}}), VendorAnswerInvalid, "data: missing"),
        (
            httpx.Response(308, headers={"location": "https://auvikapi.us2.my.auvik.com/v1/x"}),
            VendorRefused,
            r"308 moved to auvikapi\.us2\.my\.auvik\.com",
        ),
        (httpx.Response(308, headers={"location": "https://evil.example/v1/x"}), VendorRefused, "308$"),
    ],
)
async def test_an_answer_that_is_no_document_is_an_error(
    answer: httpx.Response, error: type[Exception], text: str
) -> None:
    client, _ = account(answer)
    with pytest.raises(error, match=text):
        await client.device("MTk51")


def test_a_notice_is_read() -> None:
    found = parse_webhook(json.dumps(NOTICE).encode())
    assert (found.alert_id, found.correlation_id, found.alert_status) == ("MTUy", "MTg2", 0)
    assert found.date == datetime(2026, 6, 8, 10, 40, 12, 512_000, tzinfo=UTC)


@pytest.mark.parametrize("field", ["alertId", "correlationId", "alertStatus", "companyId", "entityId", "date"])
def test_a_notice_without_a_required_field_is_invalid_by_its_name(field: str) -> None:
    with pytest.raises(WebhookInvalid, match=field):
        parse_webhook(json.dumps({**NOTICE, field: None}).encode())


@given(st.binary(max_size=200))
def test_any_body_is_a_notice_or_invalid(body: bytes) -> None:
    with pytest.raises(WebhookInvalid):
        parse_webhook(body)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"address": "https://auvikapi.xx1.my.auvik.com"}, "address: give https and a region's host"),
        ({"address": "http://auvikapi.eu1.my.auvik.com"}, "address: give https"),
        ({"address": "https://127.0.0.1:8183", "kind": "simulator"}, "address: a simulator is reached"),
        ({"page_size": 0}, "page_size: give 5 to 1000"),
    ],
)
def test_settings_name_the_field_and_its_remedy(changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        AuvikSettings(**{"instance": "auvik-main", "address": ADDRESS, **changes})
