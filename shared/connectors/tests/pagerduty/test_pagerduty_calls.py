"""Calls to PagerDuty: keys, lists, events, refusals, signatures, records that are no records."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk_connectors.http import OutcomeUnknown, RecordGone, VendorAnswerInvalid, VendorHttp, VendorRefused
from desk_connectors.pagerduty import (
    Event,
    Events,
    PagerDuty,
    PagerDutySettings,
    Session,
    WebhookInvalid,
    is_signed,
    parse_webhook,
)
from desk_connectors.testing import FakeClock, Played

SETTINGS = PagerDutySettings(instance="pagerduty-main", address="https://api.pagerduty.com", page_size=2)
SERVICE, KEY = "PTIER20", "desk:page:1"
BODY = json.dumps(
    {
        "event": {
            "id": "01G3PQ97QLWWR8SGW2AT6K18HE",
            "event_type": "incident.acknowledged",
            "resource_type": "incident",
            "occurred_at": "2026-03-04T09:31:00.000Z",
            "agent": {"id": "PLH1HKV", "type": "user_reference", "summary": "Tenex Engineer"},
            "client": None,
            "data": {"id": "PGR0VU2", "type": "incident", "status": "acknowledged", "incident_key": KEY},
        }
    }
).encode()

NAMES = st.sampled_from(["id", "event_type", "occurred_at", "agent", "data", "type", "status"])
LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=8)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5), max_leaves=12
)


def incident(number: int, **members: object) -> dict[str, Any]:
    return {
        "id": f"PINC{number:03d}",
        "type": "incident",
        "status": "triggered",
        "incident_key": KEY,
        "created_at": "2026-03-04T09:31:00Z",
        "service": {"id": SERVICE, "type": "service_reference"},
        "resolved_at": None,
        **members,
    }


def page(name: str, *rows: object, more: bool = False) -> dict[str, Any]:
    return {name: list(rows), "limit": 2, "offset": 0, "more": more, "total": None}


def played(*answers: object) -> tuple[VendorHttp, Played]:
    script = [one if isinstance(one, httpx.Response) else httpx.Response(200, json=one) for one in answers]
    transport = Played(*script)
    return VendorHttp("pagerduty", SETTINGS.limits, FakeClock(), transport), transport


def account(*answers: object) -> tuple[PagerDuty, Played]:
    http, transport = played(*answers)
    return PagerDuty(Session(SETTINGS, http, lambda: "key")), transport


async def test_every_read_carries_the_key_and_the_version() -> None:
    client, transport = account({"service": {"id": SERVICE}})
    await client.check(SERVICE)
    (request,) = transport.asked
    assert request.headers["authorization"] == "Token token=key"
    assert request.headers["accept"] == "application/vnd.pagerduty+json;version=2"


async def test_a_key_is_looked_up_in_one_service_at_any_time_over_every_page() -> None:
    first = page("incidents", incident(1), incident(2, service={"id": "POTHER0"}), more=True)
    client, transport = account(first, page("incidents", incident(2), incident(1, status="resolved")))
    found = await client.incidents(SERVICE, KEY)
    assert [one.id for one in found] == ["PINC001"]
    query = dict(transport.asked[0].url.params)
    assert query == {
        "date_range": "all",
        "incident_key": KEY,
        "service_ids[]": SERVICE,
        "limit": "2",
        "offset": "0",
    }
    assert transport.asked[1].url.params["offset"] == "2"


@pytest.mark.parametrize(("alert_key", "found"), [(KEY, 1), ("other", 0)])
async def test_an_incident_without_the_key_is_judged_by_its_alerts(alert_key: str, found: int) -> None:
    alerts = page("alerts", {"id": "PALERT1", "alert_key": None}, {"id": "PALERT2", "alert_key": alert_key})
    client, transport = account(page("incidents", incident(1, incident_key=None)), alerts)
    assert len(await client.incidents(SERVICE, KEY)) == found
    assert transport.asked[-1].url.path == "/incidents/PINC001/alerts"


async def test_a_list_that_says_more_for_ever_ends_as_unreadable() -> None:
    client, _ = account(*[page("incidents", incident(number), more=True) for number in range(100)])
    with pytest.raises(VendorAnswerInvalid):
        await client.incidents(SERVICE, KEY)


@pytest.mark.parametrize(
    "answer",
    [
        page("incidents", incident(1, status="lost")),
        page("incidents", incident(1, created_at=5)),
        {"incidents": None},
        {"incidents": {}},
        [],
        httpx.Response(200, content=b"<html>"),
    ],
)
async def test_a_look_up_that_cannot_be_read_to_its_end_is_an_error_and_never_empty(answer: object) -> None:
    client, _ = account(answer)
    with pytest.raises(VendorAnswerInvalid):
        await client.incidents(SERVICE, KEY)


@pytest.mark.parametrize(("status", "error"), [(404, RecordGone), (403, VendorRefused), (402, VendorRefused)])
async def test_a_refusal_is_an_error_of_its_own(status: int, error: type[Exception]) -> None:
    client, _ = account(httpx.Response(status, json={"error": {"message": "A. Khan", "code": 2100}}))
    with pytest.raises(error) as raised:
        await client.check(SERVICE)
    assert "Khan" not in str(raised.value)


async def test_an_event_without_a_payload_has_no_such_member() -> None:
    http, transport = played(httpx.Response(202, json={"status": "success", "message": "", "dedup_key": KEY}))
    await Events("https://events.pagerduty.com", http).send(
        Event(routing_key="R", event_action="resolve", dedup_key=KEY)
    )
    (request,) = transport.asked
    assert json.loads(request.content) == {"routing_key": "R", "event_action": "resolve", "dedup_key": KEY}
    assert "authorization" not in request.headers


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx.Response(200, json={"status": "success", "dedup_key": KEY}), VendorRefused),
        (httpx.Response(202, json={"status": "success"}), VendorAnswerInvalid),
        (httpx.Response(202, json={"status": "throttled", "dedup_key": KEY}), VendorRefused),
        (httpx.Response(202), VendorAnswerInvalid),
        (httpx.Response(503), OutcomeUnknown),
    ],
)
async def test_only_202_with_success_and_the_same_key_is_acceptance(
    answer: httpx.Response, error: type[Exception]
) -> None:
    http, transport = played(answer)
    with pytest.raises(error):
        await Events("https://events.pagerduty.com", http).send(
            Event(routing_key="R", event_action="resolve", dedup_key=KEY)
        )
    assert len(transport.asked) == 1


def signed(secret: str, body: bytes = BODY) -> str:
    return f"v1={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"


@pytest.mark.parametrize(
    ("signatures", "believed"),
    [
        (signed("new"), True),
        (f"{signed('other')}, {signed('old')}", True),
        (signed("new").replace("v1=", "v0="), False),
        (signed("new").removeprefix("v1="), False),
        (signed("new").upper(), False),
        (signed(""), False),
        ("", False),
        ("v1=é", False),
        (",".join([signed("other")] * 50 + [signed("new")]), False),
    ],
)
def test_one_true_signature_of_version_1_suffices(signatures: str, *, believed: bool) -> None:
    assert is_signed(signatures, BODY, ["new", "", "old"]) is believed
    assert not is_signed(signatures, BODY + b"\n", ["new", "old"])
    assert not is_signed(signatures, BODY, [])


def test_an_event_is_read_with_its_incident_and_its_agent() -> None:
    found = parse_webhook(BODY)
    assert found.incident is not None and found.agent is not None
    assert (found.event_type, found.incident.incident_key, found.agent.id) == ("incident.acknowledged", KEY, "PLH1HKV")


@pytest.mark.parametrize("data", [None, {"type": "incident_note", "id": "P1"}, {"type": "ping"}, {}])
def test_an_event_about_something_else_has_no_incident(data: object) -> None:
    event = {"id": "1", "event_type": "pagey.ping", "occurred_at": "2026-03-04T09:31:00Z", "data": data}
    assert parse_webhook(json.dumps({"event": event}).encode()).incident is None


@given(st.binary(max_size=300))
def test_bytes_of_any_kind_are_refused_or_read(body: bytes) -> None:
    try:
        parse_webhook(body)
    except WebhookInvalid as invalid:
        assert invalid.reason


@given(VALUES)
def test_an_event_of_any_form_is_refused_or_read(event: object) -> None:
    try:
        parse_webhook(json.dumps({"event": event}).encode())
    except WebhookInvalid as invalid:
        assert invalid.reason
