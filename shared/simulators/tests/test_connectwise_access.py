"""Access to the API: credentials, paths, versions, rate limit."""

from typing import Any

import httpx
import pytest

from desk_simulators.connectwise import ConnectWiseSimulator

SITE = "https://na.myconnectwise.net"
INFO = f"{SITE}/v2025_1/apis/3.0/system/info"


async def ask(psa: ConnectWiseSimulator, url: str, headers: dict[str, str], method: str = "GET", **kw: Any) -> Any:
    async with httpx.AsyncClient(transport=psa.transport()) as client:
        return await client.request(method, url, headers=headers, **kw)


async def test_valid_credentials_are_let_in_and_named_in_the_ledger(psa: ConnectWiseSimulator) -> None:
    answer = await ask(psa, INFO, psa.state.instance.headers())
    assert answer.status_code == 200
    assert answer.json()["isCloud"] is True
    assert [(call.member, call.path, call.status) for call in psa.ledger.calls] == [("DeskAPI", "system/info", 200)]


@pytest.mark.parametrize(
    "spoilt",
    [
        {"authorization": ""},
        {"authorization": "Bearer abc"},
        {"authorization": "Basic !!!"},
        {"authorization": "Basic ZXhhbXBsZW1zcCtQVUJMSUNLRVk6d3Jvbmc="},
        {"authorization": "Basic b3RoZXJtc3ArUFVCTElDS0VZOlBSSVZBVEVLRVk="},
        {"clientid": ""},
        {"clientid": "99999999-2222-3333-4444-555555555555"},
    ],
)
async def test_a_wrong_key_company_or_client_id_is_refused_with_401(
    psa: ConnectWiseSimulator, spoilt: dict[str, str]
) -> None:
    answer = await ask(psa, INFO, {**psa.state.instance.headers(), **spoilt})
    assert answer.status_code == 401
    assert answer.json()["code"] == "Unauthorized"
    assert answer.json()["errors"] is None


async def test_a_role_without_write_permission_reads_but_is_refused_writes_with_403(psa: ConnectWiseSimulator) -> None:
    headers = psa.state.instance.headers("READONLYKEY")
    assert (await ask(psa, INFO, headers)).status_code == 200
    tickets = f"{SITE}/v2025_1/apis/3.0/service/tickets"
    refused = await ask(psa, tickets, headers, "POST", json={"summary": "x", "company": {"id": 250}})
    assert refused.status_code == 403
    assert (await ask(psa, f"{tickets}/search", headers, "POST", json={})).status_code == 200
    assert len(psa.state.table("ticket")) == 0


async def test_the_alias_answers_beside_the_codebase_and_another_codebase_is_not_found(
    psa: ConnectWiseSimulator,
) -> None:
    headers = psa.state.instance.headers()
    assert (await ask(psa, f"{SITE}/v4_6_release/apis/3.0/system/info", headers)).status_code == 200
    outdated = await ask(psa, f"{SITE}/v2024_1/apis/3.0/system/info", headers)
    assert outdated.status_code == 404
    assert "json" not in outdated.headers["content-type"]


async def test_the_codebase_is_looked_up_by_company_and_null_for_an_unknown_one(psa: ConnectWiseSimulator) -> None:
    found = await ask(psa, f"{SITE}/login/companyinfo/examplemsp", {})
    assert found.json()["Codebase"] == "v2025_1/"
    assert found.json().keys() == {
        "CompanyName",
        "Codebase",
        "VersionCode",
        "VersionNumber",
        "CompanyID",
        "IsCloud",
    }
    unknown = await ask(psa, f"{SITE}/login/companyinfo/nobody", {})
    assert (unknown.status_code, unknown.json()) == (200, None)


async def test_after_an_upgrade_the_old_path_is_not_found_until_the_codebase_is_looked_up(
    psa: ConnectWiseSimulator,
) -> None:
    psa.faults.codebase = "v2025_2/"
    headers = psa.state.instance.headers()
    assert (await ask(psa, INFO, headers)).status_code == 404
    codebase = (await ask(psa, f"{SITE}/login/companyinfo/examplemsp", {})).json()["Codebase"]
    assert (await ask(psa, f"{SITE}/{codebase}apis/3.0/system/info", headers)).status_code == 200


@pytest.mark.parametrize(
    "accept",
    [
        "application/vnd.connectwise.com+json; version=2019.5",
        "application/vnd.connectwise.com+json; version=2031.2",
        "application/vnd.connectwise.com+json; version=2021.1, application/json",
        "application/vnd.connectwise.com+json",
        "*/*",
    ],
)
async def test_an_older_or_unknown_version_pin_is_answered_in_the_newest_shape(
    psa: ConnectWiseSimulator, accept: str
) -> None:
    answer = await ask(psa, INFO, {**psa.state.instance.headers(), "accept": accept})
    newest = await ask(psa, INFO, {**psa.state.instance.headers(), "accept": "application/json"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    assert answer.json() == newest.json()


async def test_a_body_that_is_no_json_is_refused(api: httpx.AsyncClient) -> None:
    plain = await api.post("service/tickets", content="a", headers={"content-type": "text/plain"})
    broken = await api.post("service/tickets", content="{", headers={"content-type": "application/json"})
    assert (plain.status_code, broken.status_code) == (415, 400)


async def test_unknown_endpoints_and_methods_are_refused(api: httpx.AsyncClient) -> None:
    missing = await api.get("service/nothing")
    wrong = await api.delete("service/boards/1")
    assert (missing.status_code, wrong.status_code) == (404, 405)
    assert missing.json() == {"code": "ConnectWiseApi", "message": "The endpoint does not exist.", "errors": None}


async def test_paths_ignore_case_as_the_vendor_does(api: httpx.AsyncClient) -> None:
    assert (await api.get("service/slas/3/priorities")).json() == (await api.get("service/SLAs/3/priorities")).json()


async def test_the_request_budget_is_answered_with_429_until_the_minute_is_over(
    psa: ConnectWiseSimulator, api: httpx.AsyncClient, clock: Any
) -> None:
    psa.state.behaviour.requests_per_minute = 2
    assert [(await api.get("system/info")).status_code for _ in range(2)] == [200, 200]
    clock.advance(seconds=20)
    refused = await api.get("system/info")
    assert refused.status_code == 429
    assert refused.headers["retry-after"] == "40"
    assert refused.json() == {
        "error": "ConnectWiseAPI",
        "message": "Too many requests. Please try again in 40 seconds.",
    }
    clock.advance(seconds=40)
    assert (await api.get("system/info")).status_code == 200


async def test_the_signing_key_comes_as_text_and_only_for_its_id(psa: ConnectWiseSimulator) -> None:
    instance = psa.state.instance
    address = f"{SITE}/v2025_1//system/callbackkey/index.rails"
    right = {"companyName": instance.company_id, "id": instance.key_id}
    async with httpx.AsyncClient(transport=psa.transport()) as client:
        key = await client.get(address, params=right)
        other = await client.get(address, params={**right, "id": "another"})
        psa.state.behaviour.key_needs_credentials = True
        anonymous = await client.get(address, params=right)
        found = await client.get(address, params=right, headers=instance.headers())
    assert key.headers["content-type"].startswith("text/")
    assert key.json() == {"signing_key": instance.signing_key}
    assert (other.status_code, anonymous.status_code, found.status_code) == (404, 401, 200)
