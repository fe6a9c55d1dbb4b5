"""Reads of the NinjaOne client: sign-in, paging by id, refusals in every form, rows that cannot be read."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from desk_connectors.http import RecordGone, VendorAnswerInvalid, VendorRefused, VendorUnavailable
from desk_connectors.ninjaone.records import instant
from desk_connectors.ninjaone.testing import NOW, Tenant, activity, alert, device, os_patch

DEVICES = "/v2/devices-detailed"
ACTIVITIES = "/v2/device/5127/activities"


def paged(rows: list[dict[str, Any]]) -> Any:
    """A list by ascending id, as the vendor pages it."""

    def page(request: httpx.Request) -> list[dict[str, Any]]:
        after = int(request.url.params.get("after", 0))
        later = [row for row in rows if not isinstance(row["id"], int) or row["id"] > after]
        return later[: int(request.url.params["pageSize"])]

    return page


def newest_first(rows: list[dict[str, Any]]) -> Any:
    def page(request: httpx.Request) -> dict[str, Any]:
        before = int(request.url.params.get("olderThan", 2**53))
        older = sorted((row for row in rows if row["id"] < before), key=lambda row: -row["id"])
        return {"lastActivityId": 1, "activities": older[: int(request.url.params["pageSize"])]}

    return page


async def test_devices_of_three_pages_are_read_once_each_under_the_bearer_token() -> None:
    tenant = Tenant({DEVICES: paged([device(number) for number in range(1, 26)])})
    found = await tenant.client().devices(42)
    assert [one.id for one in found.records] == list(range(1, 26))
    assert [query.get("after") for query in tenant.queries] == [None, "10", "20"]
    assert tenant.queries[0] == {"df": "org = 42", "pageSize": "10"}
    assert {request.headers["authorization"] for request in tenant.asked} == {"Bearer token-1"}


async def test_a_list_that_ends_with_a_full_page_takes_one_more_call() -> None:
    tenant = Tenant({DEVICES: paged([device(number) for number in range(1, 11)])})
    assert len((await tenant.client().devices(42)).records) == 10
    assert len(tenant.asked) == 2


async def test_a_row_that_appears_on_two_pages_is_one_record() -> None:
    first = [device(number) for number in range(1, 11)]
    pages = [httpx.Response(200, json=first), httpx.Response(200, json=[device(10), device(11)])]
    found = await Tenant({DEVICES: pages}).client().devices(42)
    assert [one.id for one in found.records] == list(range(1, 12))


async def test_a_page_that_does_not_move_is_an_error_and_no_endless_loop() -> None:
    tenant = Tenant({DEVICES: [device(number) for number in range(1, 11)]})
    with pytest.raises(VendorAnswerInvalid, match="next page"):
        await tenant.client().devices(42)
    assert len(tenant.asked) == 2


async def test_an_unreadable_row_is_left_out_and_named_and_unknown_fields_are_ignored() -> None:
    rows = [device(1, brandNew={"x": 1}), device(2, organizationId="forty-two"), device(3, os=None)]
    found = await Tenant({DEVICES: rows}).client().devices(42)
    assert [one.id for one in found.records] == [1, 3]
    assert [(bad.record, bad.field, bad.number) for bad in found.unreadable] == [("Device 2", "organizationId", 2)]
    assert "forty" not in str(found.unreadable[0])


async def test_a_record_without_a_required_field_names_it() -> None:
    bare = device(1)
    del bare["organizationId"]
    with pytest.raises(VendorAnswerInvalid) as failed:
        await Tenant({"/v2/device/1": bare}).client().device(1)
    assert failed.value.field == "organizationId"


async def test_fields_beyond_the_specification_are_read_from_the_wire() -> None:
    found = await Tenant({"/v2/device/7": device(7)}).client().device(7)
    assert (found.system.serial_number, found.last_logged_in_user) == ("EX00007", "BRIXTON\\a.khan")
    assert instant(found.last_contact) is not None


async def test_a_refused_token_is_renewed_once_and_the_call_repeated() -> None:
    answers = [httpx.Response(401, json={"error": "invalid_token"}), httpx.Response(200, json=device(7))]
    tenant = Tenant({"/v2/device/7": answers})
    assert (await tenant.client().device(7)).id == 7
    assert [request.headers["authorization"] for request in tenant.asked] == ["Bearer token-1", "Bearer token-2"]


async def test_a_second_401_is_a_refusal_and_ends_there() -> None:
    tenant = Tenant({"/v2/device/7": httpx.Response(401, json={"resultCode": "UNAUTHORIZED", "errorMessage": "no"})})
    with pytest.raises(VendorRefused) as refused:
        await tenant.client().device(7)
    assert (refused.value.status, refused.value.code, len(tenant.asked)) == (401, "UNAUTHORIZED", 2)


@pytest.mark.parametrize(
    ("answer", "status", "code"),
    [
        (httpx.Response(403, json={"resultCode": "FORBIDDEN", "errorMessage": "module"}), 403, "FORBIDDEN"),
        (httpx.Response(409, json={"resultCode": "409", "incidentId": "x"}), 409, "409"),
        (httpx.Response(302, headers={"location": "https://login.example/"}), 302, ""),
        (httpx.Response(400, content=b"<html>proxy</html>"), 400, "not JSON"),
        (httpx.Response(200, json={"resultCode": "FAILURE", "errorMessage": "Hidden Person"}), 200, "FAILURE"),
        (httpx.Response(200, json={"error": "a. person@example.com"}), 200, "error body"),
    ],
)
async def test_refusals_keep_status_and_code_and_never_a_value(answer: httpx.Response, status: int, code: str) -> None:
    with pytest.raises(VendorRefused) as refused:
        await Tenant({DEVICES: answer}).client().devices(42)
    assert (refused.value.status, refused.value.code) == (status, code)
    assert "Person" not in str(refused.value) and "person" not in str(refused.value)


@pytest.mark.parametrize("body", [b"", b"<html>502</html>", b'{"x":', b"false", b'{"devices": []}', b"[" * 100_000])
async def test_an_answer_that_is_no_list_is_named(body: bytes) -> None:
    with pytest.raises(VendorAnswerInvalid):
        await Tenant({DEVICES: httpx.Response(200, content=body)}).client().devices(42)


async def test_404_is_a_record_that_is_gone() -> None:
    with pytest.raises(RecordGone):
        await Tenant({}).client().device(7)


async def test_a_bad_gateway_is_tried_again_and_then_unavailable() -> None:
    tenant = Tenant({DEVICES: httpx.Response(502, content=b"<html>bad gateway</html>")})
    with pytest.raises(VendorUnavailable):
        await tenant.client().devices(42)
    assert len(tenant.asked) == 3


async def test_a_search_names_a_result_that_was_cut() -> None:
    hits = [device(number, score=1.0, matchAttr="systemName", matchAttrValue="BRX") for number in range(1, 4)]
    tenant = Tenant({"/v2/devices/search": {"query": "BRX", "devices": hits}})
    assert not (await tenant.client().search("BRX & co/ü#")).cut
    assert tenant.queries[0]["q"] == "BRX & co/ü#"
    assert (await tenant.client(search_limit=3).search("BRX")).cut


async def test_activities_are_paged_by_id_from_the_newest_and_stop_at_the_time_asked_for() -> None:
    rows = [activity(number, NOW - (1000 - number) * 60) for number in range(950, 1000)]
    tenant = Tenant({ACTIVITIES: newest_first(rows)})
    found = await tenant.client().activities(5127, NOW - 15 * 60)
    assert [one.id for one in found.records] == list(range(999, 969, -1))
    assert [query.get("olderThan") for query in tenant.queries] == [None, "990", "980"]
    assert not found.cut


async def test_an_activity_that_was_reported_late_does_not_end_the_reading() -> None:
    rows = [activity(number, NOW - (1000 - number) * 60) for number in range(980, 1000)]
    rows[10]["activityTime"] = NOW - 30 * 86400
    found = await Tenant({ACTIVITIES: newest_first(rows)}).client().activities(5127, NOW - 86400)
    assert len(found.records) == 20


async def test_activities_beyond_the_last_page_asked_for_are_named_as_cut() -> None:
    rows = [activity(number, NOW) for number in range(1, 51)]
    found = await Tenant({ACTIVITIES: newest_first(rows)}).client().activities(5127, NOW - 60, most_pages=2)
    assert (len(found.records), found.cut) == (20, True)


async def test_patch_windows_are_whole_epoch_seconds_and_alerts_ask_for_one_organisation() -> None:
    patches = "/v2/device/5127/os-patch-installs"
    tenant = Tenant({patches: [os_patch(1, NOW)], "/v2/alerts": [alert(1, 5127)]})
    client = tenant.client()
    assert (await client.os_patch_installs(5127, NOW - 10.5, NOW + 0.5)).records[0].kb_number == "KB5099001"
    assert (await client.alerts(42)).records[0].device_id == 5127
    assert tenant.queries[0] == {"installedAfter": str(int(NOW) - 11), "installedBefore": str(int(NOW) + 1)}
    assert tenant.queries[1] == {"df": "org = 42"}


@pytest.mark.parametrize("seconds", [None, 0.0, -1.0, NOW * 1000, float("nan"), float("inf")])
def test_no_time_milliseconds_and_nonsense_are_no_instants(seconds: float | None) -> None:
    assert instant(seconds) is None
