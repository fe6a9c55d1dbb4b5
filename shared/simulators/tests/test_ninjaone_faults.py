"""Faults of the simulated RMM: everything that the conformance suite of a connector needs."""

from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import pytest

from desk_simulators.ninjaone import Behaviour, NinjaOneSimulator

CONTROL = "https://eu.ninjarmm.com/_simulator"


async def statuses(rmm: httpx.AsyncClient, path: str, calls: int) -> list[int]:
    return [(await rmm.get(path)).status_code for _ in range(calls)]


@pytest.mark.parametrize(
    ("answer", "status", "media", "said"),
    [
        ("unauthorized", 401, "application/json", '"errorMessage":"Unauthorized"'),
        ("forbidden", 403, "application/json", '"errorMessage":"Forbidden"'),
        ("not-found", 404, "application/json", '"resultCode":"FAILURE"'),
        ("conflict", 409, "application/json", '"resultCode":"FAILURE"'),
        ("server-error", 500, "application/json", '"resultCode":"FAILURE"'),
        ("error-with-200", 200, "application/json", '"resultCode":"FAILURE"'),
        ("bad-gateway", 502, "text/html", "502 Bad Gateway"),
        ("login-page", 302, "text/html", "sign in"),
        ("html", 200, "text/html", "sign in"),
        ("cut", 200, "application/json", '[{"id": 1, "na'),
        ("null", 200, "application/json", "null"),
        ("false", 200, "application/json", "false"),
        ("wrong-type", 200, "text/html", '[{"id":5101'),
    ],
)
async def test_a_path_answers_by_script_and_every_other_as_usual(
    ninja: NinjaOneSimulator, rmm: httpx.AsyncClient, answer: str, status: int, media: str, said: str
) -> None:
    ninja.faults.scripts.answer(answer, "GET", "v2/devices", times=1)
    found = await rmm.get("/v2/devices", follow_redirects=False)
    assert (found.status_code, found.headers["content-type"].partition(";")[0]) == (status, media)
    assert said in found.text
    assert ("location" in found.headers) is (status == 302)
    assert await statuses(rmm, "/v2/devices", 1) == [200]
    assert await statuses(rmm, "/v2/organizations", 1) == [200]


async def test_a_record_type_is_refused_until_the_scripts_are_cleared(
    ninja: NinjaOneSimulator, rmm: httpx.AsyncClient
) -> None:
    ninja.faults.scripts.answer("forbidden", path="v2/device/*/os-patch-installs")
    assert await statuses(rmm, "/v2/device/5101/os-patch-installs", 2) == [403, 403]
    assert await statuses(rmm, "/v2/device/5101/software", 1) == [200]
    ninja.faults.reset()
    assert await statuses(rmm, "/v2/device/5101/os-patch-installs", 1) == [200]


async def test_a_refusal_comes_in_mid_paging(ninja: NinjaOneSimulator, rmm: httpx.AsyncClient) -> None:
    ninja.faults.scripts.answer("unauthorized", "GET", "v2/devices", times=1, skip=1)
    pages = [await rmm.get("/v2/devices", params={"pageSize": 8, "after": after}) for after in (0, 5108, 5108, 5116)]
    assert [page.status_code for page in pages] == [200, 401, 200, 200]


async def test_the_token_endpoint_may_be_scripted(ninja: NinjaOneSimulator, rmm: httpx.AsyncClient) -> None:
    form = {"grant_type": "client_credentials", "client_id": "deskstream", "client_secret": "simulated-secret"}
    for answer, status in (("invalid-client", 401), ("bad-gateway", 502), ("server-error", 500)):
        ninja.faults.scripts.answer(answer, path="ws/oauth/token", times=1)
        assert (await rmm.post("/ws/oauth/token", data=form)).status_code == status
    assert (await rmm.post("/ws/oauth/token", data=form)).status_code == 200


async def test_retry_after_comes_in_seconds_as_a_date_or_not_at_all(
    ninja: NinjaOneSimulator, rmm: httpx.AsyncClient, clock: Any
) -> None:
    found: dict[str, str | None] = {}
    for form in ("seconds", "date", "absent"):
        ninja.faults.change({"api_retry_after_form": form, "api_retry_after_seconds": 30})
        ninja.faults.once("too-many-requests")
        answer = await rmm.get("/v2/devices")
        assert (answer.status_code, answer.json()) == (429, {"resultCode": "429"})
        found[form] = answer.headers.get("retry-after")
    assert (found["seconds"], found["absent"]) == ("30", None)
    assert found["date"] is not None
    assert (parsedate_to_datetime(found["date"]) - clock.now.replace(microsecond=0)).total_seconds() == 30


async def test_a_connection_breaks_in_the_middle_of_an_answer_or_before_it(
    ninja: NinjaOneSimulator, rmm: httpx.AsyncClient
) -> None:
    ninja.faults.scripts.answer("reset", path="v2/devices", times=1)
    with pytest.raises(httpx.RemoteProtocolError):
        await rmm.get("/v2/devices")
    ninja.faults.change({"down": True})
    with pytest.raises(httpx.ConnectError):
        await rmm.get("/v2/devices")
    with pytest.raises(httpx.ConnectError):
        await rmm.post("/ws/oauth/token", data={})
    ninja.faults.change({"down": False})
    assert await statuses(rmm, "/v2/devices", 1) == [200]
    assert [call.answered for call in ninja.ledger.calls] == [False, False, False, True]


async def test_over_http_broken_connections_are_broken_too() -> None:
    ninja = NinjaOneSimulator(mode="manual")
    headers = {"authorization": f"Bearer {ninja.tokens.issue('deskstream').text}"}
    async with ninja.serve() as url, httpx.AsyncClient(base_url=url, headers=headers) as rmm:
        ninja.faults.scripts.answer("reset", path="v2/devices", times=1)
        with pytest.raises(httpx.TransportError):
            await rmm.get("/v2/devices")
        ninja.faults.change({"down": True})
        with pytest.raises(httpx.TransportError):
            await rmm.get("/v2/devices")
        assert (await rmm.delete("/_simulator/faults")).json()["down"] is False
        assert await statuses(rmm, "/v2/devices", 1) == [200]


async def test_a_slow_answer_takes_its_time(ninja: NinjaOneSimulator) -> None:
    ninja.faults.change({"api_slow": 1, "api_slow_seconds": 0.2})
    async with ninja.client(timeout=0.05) as hasty, ninja.client() as patient:
        with pytest.raises(httpx.ReadTimeout):
            await hasty.get("/v2/devices")
        assert await statuses(patient, "/v2/devices", 1) == [200]


async def test_a_write_is_done_and_never_answered_in_time(clock: Any) -> None:
    ninja = NinjaOneSimulator(clock=clock, mode="manual", behaviour=Behaviour(hang_seconds=0.2))
    uid = next(iter(ninja.state.table("alert")))["uid"]
    ninja.faults.once("act-then-time-out", "DELETE")
    async with ninja.client(timeout=0.05) as rmm:
        with pytest.raises(httpx.ReadTimeout):
            await rmm.delete(f"/v2/alert/{uid}")
        assert (await rmm.get("/v2/alerts")).json() == []
    call = ninja.ledger.find("DELETE")[0]
    assert (call.status, call.answered, call.wrote) == (204, False, True)


async def test_records_are_answered_with_missing_null_and_extra_fields(
    ninja: NinjaOneSimulator, rmm: httpx.AsyncClient
) -> None:
    ninja.faults.scripts.alter("v2/devices", 5102, {"systemName": None, "surprise": {"x": 1}}, missing=["dnsName"])
    listed = {row["id"]: row for row in (await rmm.get("/v2/devices")).json()}
    assert (listed[5102]["systemName"], listed[5102]["surprise"]) == (None, {"x": 1})
    assert "dnsName" not in listed[5102]
    assert listed[5101]["systemName"] == "ACME-WS-014"
    ninja.faults.scripts.alter("v2/device/5101", None, {"created": "yesterday", "os": [1]})
    assert (await rmm.get("/v2/device/5101")).json()["created"] == "yesterday"
    ninja.faults.scripts.alter("v2/device/*/activities", None, {"activityTime": None})
    rows = (await rmm.get("/v2/device/5101/activities")).json()["activities"]
    assert {row["activityTime"] for row in rows} == {None}
    uid = next(iter(ninja.state.table("alert")))["uid"]
    ninja.faults.scripts.alter("v2/alerts", uid, missing=["deviceId"])
    assert "deviceId" not in (await rmm.get("/v2/alerts")).json()[0]


@pytest.mark.parametrize(
    ("path", "params", "field"),
    [
        ("/v2/devices", {"df": "org = 40"}, "organizationId"),
        ("/v2/organization/40/devices", {}, "organizationId"),
    ],
)
async def test_a_broken_filter_answers_with_rows_of_other_clients(
    ninja: NinjaOneSimulator, rmm: httpx.AsyncClient, path: str, params: dict[str, str], field: str
) -> None:
    ninja.faults.once("filter-ignored", "GET")
    assert len({row[field] for row in (await rmm.get(path, params=params)).json()}) == 6
    assert {row[field] for row in (await rmm.get(path, params=params)).json()} == {40}


async def test_a_broken_filter_answers_with_history_of_other_devices(
    ninja: NinjaOneSimulator, rmm: httpx.AsyncClient
) -> None:
    ninja.faults.change({"api_filter_ignored": 1})
    rows = (await rmm.get("/v2/device/5101/activities")).json()["activities"]
    assert {row["deviceId"] for row in rows} > {5101, 5107}
    assert [row["deviceId"] for row in (await rmm.get("/v2/device/5101/alerts")).json()] == [5107]
    queried = (await rmm.get("/v2/queries/software", params={"df": "id = 5101"})).json()["results"]
    assert len({row["deviceId"] for row in queried}) > 10


async def test_the_date_header_goes_by_a_clock_of_its_own(ninja: NinjaOneSimulator, rmm: httpx.AsyncClient) -> None:
    assert (await rmm.get("/v2/devices")).headers["date"] == "Thu, 15 Jan 2026 14:00:00 GMT"
    ninja.faults.change({"date_skew_seconds": 600})
    assert (await rmm.get("/v2/devices")).headers["date"] == "Thu, 15 Jan 2026 14:10:00 GMT"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"down": 1}, "down must be true or false"),
        ({"api_retry_after_form": "minutes"}, "api_retry_after_form must be one of seconds, date, absent"),
        ({"page_overlap": 1.5}, "page_overlap must be a whole number"),
        ({"api_filter_ignored": 2}, "api_filter_ignored is a share"),
        ({"codebase": "v1/"}, "unknown fault 'codebase'"),
    ],
)
def test_a_knob_takes_only_its_values(ninja: NinjaOneSimulator, values: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=r"must|share|unknown") as refusal:
        ninja.faults.change(values)
    assert said in str(refusal.value)
    assert ninja.faults.knobs() == type(ninja.faults)().knobs()


async def test_everything_is_controlled_over_http(ninja: NinjaOneSimulator, rmm: httpx.AsyncClient) -> None:
    async with httpx.AsyncClient(transport=ninja.transport(), base_url=CONTROL) as control:
        assert (await control.get("/health")).json()["devices"] == 21
        assert (await control.patch("/faults", json={"api_retry_after_form": "date"})).status_code == 200
        assert (await control.patch("/faults", json={"down": "yes"})).status_code == 400
        script = {"answer": "unauthorized", "path": "v2/devices", "times": 1, "skip": 1}
        assert (await control.post("/faults/scripts", json=script)).status_code == 201
        assert (await control.post("/faults/scripts", json={**script, "skip": -1})).status_code == 400
        assert await statuses(rmm, "/v2/devices", 3) == [200, 401, 200]
        acts = (await control.get("/fleet")).json()
        assert acts["acts"]["reboot"] == ["device", "at"]
        assert acts["devices"]["5101"] == "ACME-WS-014"
        assert (await control.post("/fleet/reboot", json={"device": 5101})).json()["os"]["needsReboot"] is False
        raised = await control.post("/fleet/raise_alert", json={"device": "NW-WS-003", "subject": "s", "message": "m"})
        assert raised.json()["deviceId"] == 5106
        for act, values, status in (
            ("reboot", {"device": 1}, 404),
            ("reboot", {"device": "RECEPTION-01"}, 404),
            ("reboot", {"device": 5101, "at": "soon"}, 400),
            ("reboot", {}, 400),
            ("raise_alert", {"device": 5101, "subject": "s", "message": "m", "severity": "HUGE"}, 400),
            ("explode", {}, 404),
        ):
            assert (await control.post(f"/fleet/{act}", json=values)).status_code == status
        assert len((await control.get("/ledger")).json()["calls"]) == 3


async def test_credentials_are_rotated_and_revoked_over_http(ninja: NinjaOneSimulator, rmm: httpx.AsyncClient) -> None:
    async with httpx.AsyncClient(transport=ninja.transport(), base_url=CONTROL) as control:
        assert (await control.post("/credentials/rotate", json={"client_id": "nobody"})).status_code == 400
        body = {"client_id": "deskstream", "secret": "second", "keep_old": True}
        assert (await control.post("/credentials/rotate", json=body)).json() == {"rotated": "deskstream"}
        assert await statuses(rmm, "/v2/devices", 1) == [200]
        assert (await control.post("/credentials/revoke")).status_code == 200
    assert await statuses(rmm, "/v2/devices", 1) == [401]
