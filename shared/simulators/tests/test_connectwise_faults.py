"""Faults by knob, and the ledger that tells what really happened."""

import asyncio
from typing import Any

import httpx
import pytest

from desk_simulators.connectwise import ApiKey, Behaviour, ConnectWiseSimulator, Faults

TICKET = {"summary": "x", "company": {"id": 250}, "externalXRef": "bb-1"}
CONTROL = "https://psa.example/_simulator"


async def statuses(api: httpx.AsyncClient, calls: int) -> list[int]:
    return [(await api.get("system/info")).status_code for _ in range(calls)]


async def test_a_share_of_calls_is_refused_and_the_same_seed_refuses_the_same_calls(
    psa: ConnectWiseSimulator, api: httpx.AsyncClient
) -> None:
    psa.faults.change({"seed": 3, "api_server_error": 0.2, "api_too_many_requests": 0.2})
    first = await statuses(api, 100)
    psa.faults.change({"seed": 3})
    assert await statuses(api, 100) == first
    assert 5 < first.count(500) < 40
    assert 5 < first.count(429) < 40


async def test_a_server_error_comes_before_anything_is_done_and_speaks_of_a_timeout(
    psa: ConnectWiseSimulator, api: httpx.AsyncClient
) -> None:
    psa.faults.once("server-error", "POST", "service/tickets")
    await api.get("service/tickets")
    answer = await api.post("service/tickets", json=TICKET)
    assert answer.status_code == 500
    assert "timeout" in answer.text
    assert len(psa.state.table("ticket")) == 0
    assert (await api.post("service/tickets", json=TICKET)).status_code == 201


async def test_a_struck_429_says_when_to_come_again(psa: ConnectWiseSimulator, api: httpx.AsyncClient) -> None:
    psa.faults.once("too-many-requests")
    answer = await api.get("system/info")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")
    assert answer.json().keys() == {"error", "message"}


async def test_act_then_time_out_does_the_write_and_never_answers_in_time(psa: ConnectWiseSimulator) -> None:
    psa.faults.once("act-then-time-out", "POST")
    async with psa.client(timeout=0.05) as api:
        with pytest.raises(httpx.ReadTimeout):
            await api.post("service/tickets", json=TICKET)
        found = await api.get("service/tickets", params={"conditions": 'externalXRef="bb-1"'})
    assert len(found.json()) == 1
    call = psa.ledger.find("POST")[0]
    assert (call.status, call.answered, call.wrote, call.body) == (201, False, True, TICKET)
    await psa.stop()


async def test_who_outwaits_an_act_then_time_out_gets_a_server_error(clock: Any) -> None:
    psa = ConnectWiseSimulator(clock=clock, mode="manual", behaviour=Behaviour(hang_seconds=0.02))
    psa.faults.once("act-then-time-out")
    async with psa.client() as api:
        assert (await api.post("service/tickets", json=TICKET)).status_code == 500
    assert len(psa.state.table("ticket")) == 1
    await psa.stop()


async def test_a_slow_answer_takes_its_time(psa: ConnectWiseSimulator) -> None:
    psa.faults.change({"api_slow": 1, "api_slow_seconds": 0.2})
    async with psa.client(timeout=0.05) as hasty, psa.client(timeout=5) as patient:
        with pytest.raises(httpx.ReadTimeout):
            await hasty.get("system/info")
        assert (await patient.get("system/info")).status_code == 200
    await psa.stop()


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"callback_lost": 0.1}, "unknown fault 'callback_lost'; known: seed, callbacks_lost"),
        ({"callbacks_lost": 30}, "callbacks_lost is a share"),
        ({"callbacks_lost": -0.1}, "not negative"),
        ({"callbacks_lost": "all"}, "must be a number"),
        ({"seed": 0.5}, "whole number"),
        ({"codebase": "v2026_1"}, "ends with a slash"),
        ({"api_slow": 0.5, "_once": []}, "unknown fault '_once'"),
    ],
)
def test_a_knob_that_does_not_exist_or_a_wrong_value_is_refused_and_nothing_is_turned(
    values: dict[str, Any], said: str
) -> None:
    faults = Faults()
    with pytest.raises(ValueError, match=r"fault|share|number|slash") as refusal:
        faults.change(values)
    assert said in str(refusal.value)
    assert faults.knobs() == Faults().knobs()


async def test_knobs_are_turned_over_http(psa: ConnectWiseSimulator) -> None:
    async with httpx.AsyncClient(transport=psa.transport(), base_url=CONTROL) as control:
        changed = await control.patch("/faults", json={"callbacks_lost": 0.3, "api_slow": 0.1})
        assert (changed.json()["callbacks_lost"], psa.faults.api_slow) == (0.3, 0.1)
        assert (await control.put("/faults", json={"callbacks_doubled": 0.2})).json()["callbacks_lost"] == 0
        assert (await control.post("/faults/once", json={"kind": "slow", "method": "GET"})).status_code == 201
        assert (await control.post("/faults/once", json={"kind": "fire"})).status_code == 400
        assert (await control.patch("/faults", json={"nothing": 1})).status_code == 400
        assert (await control.patch("/faults", content=b"{")).status_code == 400
        assert (await control.patch("/faults", json=[1])).status_code == 400
        off = (await control.delete("/faults")).json()
    assert off == {**Faults().knobs(), "once": []}


async def test_the_ledger_counts_calls_and_writes_by_member(psa: ConnectWiseSimulator, api: httpx.AsyncClient) -> None:
    number = (await api.post("service/tickets", json=TICKET)).json()["id"]
    await api.post("service/tickets", json={})
    await api.get(f"service/tickets/{number}?fields=id")
    await api.patch(f"service/tickets/{number}", json=[{"op": "replace", "path": "impact", "value": "Low"}])
    assert psa.ledger.calls_by_member == {"DeskAPI": 4}
    assert psa.ledger.writes_by_member == {"DeskAPI": 2}
    assert [call.method for call in psa.ledger.writes("DeskAPI", "service/tickets")] == ["POST", "PATCH"]
    assert psa.ledger.writes("jdoe") == []
    assert [call.query for call in psa.ledger.find("GET")] == ["fields=id"]
    assert psa.ledger.find(status=400)[0].body == {}
    assert psa.ledger.calls[0].at == "2026-01-15T14:00:00Z"


async def test_the_ledger_is_read_and_cleared_over_http(psa: ConnectWiseSimulator, api: httpx.AsyncClient) -> None:
    entry = {"url": "https://h.example/?id=", "objectId": 1, "type": "ticket", "level": "owner"}
    await api.post("system/callbacks", json=entry)
    psa.technician("jdoe").open_ticket("x", "ACME")
    async with httpx.AsyncClient(transport=psa.transport(), base_url=CONTROL) as control:
        assert (await control.post("/deliver")).json() == {"attempts": 1}
        page = (await control.get("/ledger")).json()
        assert [(call["method"], call["path"], call["member"]) for call in page["calls"]] == [
            ("POST", "system/callbacks", "DeskAPI")
        ]
        assert [(attempt["type"], attempt["outcome"]) for attempt in page["deliveries"]] == [("ticket", "delivered")]
        later = (await control.get("/ledger", params={"after": page["deliveries"][-1]["seq"]})).json()
        assert (later["calls"], later["deliveries"]) == ([], [])
        assert (await control.get("/ledger", params={"after": "x"})).status_code == 400
        assert (await control.delete("/ledger")).json()["calls"] == []


async def test_a_bounded_ledger_keeps_the_newest_entries_and_counts_all(clock: Any) -> None:
    psa = ConnectWiseSimulator(clock=clock, mode="manual", ledger_capacity=3)
    async with psa.client() as api:
        await asyncio.gather(*(api.get("system/info") for _ in range(10)))
    assert [call.seq for call in psa.ledger.calls] == [8, 9, 10]
    assert psa.ledger.statuses == {200: 10}
    await psa.stop()


async def test_a_record_type_is_refused_and_every_other_answers(
    psa: ConnectWiseSimulator, api: httpx.AsyncClient
) -> None:
    psa.faults.scripts.answer("forbidden", path="finance/agreements*")
    refused = await api.get("finance/agreements/31")
    assert (refused.status_code, refused.json()["code"]) == (403, "Security")
    assert (await api.get("finance/agreements")).status_code == 403
    assert (await api.get("company/companies")).status_code == 200
    psa.faults.reset()
    assert (await api.get("finance/agreements")).status_code == 200


async def test_one_path_fails_a_number_of_times(psa: ConnectWiseSimulator, api: httpx.AsyncClient) -> None:
    psa.faults.scripts.answer("not-found", "GET", "company/contacts/611", times=2)
    assert [(await api.get("company/contacts/611")).status_code for _ in range(3)] == [404, 404, 200]
    assert (await api.get("company/contacts/612")).status_code == 200


@pytest.mark.parametrize(
    ("answer", "status", "media", "said"),
    [
        ("no-endpoint", 404, "application/json", "The endpoint does not exist."),
        ("conflict", 409, "application/json", "record possibly in use"),
        ("router", 400, "text/plain", "Cannot route. Codebase/company is invalid"),
        ("login-page", 302, "text/html", "sign in"),
        ("html", 200, "text/html", "sign in"),
        ("cut", 200, "application/json", '[{"id": 1, "na'),
    ],
)
async def test_the_answers_of_routers_and_login_pages(
    psa: ConnectWiseSimulator, api: httpx.AsyncClient, answer: str, status: int, media: str, said: str
) -> None:
    psa.faults.scripts.answer(answer, path="service/tickets")
    found = await api.get("service/tickets", follow_redirects=False)
    assert (found.status_code, found.headers["content-type"].split(";")[0]) == (status, media)
    assert said in found.text
    assert ("location" in found.headers) is (status == 302)


async def test_a_record_is_answered_damaged_alone_and_in_lists(
    psa: ConnectWiseSimulator, api: httpx.AsyncClient
) -> None:
    psa.faults.scripts.alter("company/companies", 253, {"name": None, "id": 253}, missing=["identifier"])
    alone = (await api.get("company/companies/253")).json()
    listed = {company["id"]: company for company in (await api.get("company/companies")).json()}
    assert alone == listed[253]
    assert (alone["name"], "identifier" in alone) == (None, False)
    assert listed[250]["name"] == "Acme Ltd"


async def test_the_date_header_goes_by_a_clock_of_its_own(psa: ConnectWiseSimulator, api: httpx.AsyncClient) -> None:
    assert (await api.get("system/info")).headers["date"] == "Thu, 15 Jan 2026 14:00:00 GMT"
    psa.faults.change({"date_skew_seconds": -600})
    assert (await api.get("system/info")).headers["date"] == "Thu, 15 Jan 2026 13:50:00 GMT"


async def test_a_key_without_a_part_of_the_rights(psa: ConnectWiseSimulator) -> None:
    psa.state.instance.keys["PARTKEY"] = ApiKey("PARTKEY", "PART", "DeskAPI", denied=("service/boards/7/statuses",))
    headers = psa.state.instance.headers("PARTKEY")
    async with psa.client() as api:
        assert (await api.get("service/boards/7/statuses", headers=headers)).status_code == 403
        assert (await api.get("service/boards/1/statuses", headers=headers)).status_code == 200
    await psa.stop()


async def test_scripts_are_given_over_http(psa: ConnectWiseSimulator, api: httpx.AsyncClient) -> None:
    async with httpx.AsyncClient(transport=psa.transport(), base_url=CONTROL) as control:
        script = {"answer": "null", "path": "login/companyinfo/*", "times": 1}
        assert (await control.post("/faults/scripts", json=script)).status_code == 201
        assert (await control.post("/faults/alterations", json={"path": "x", "record": 1})).status_code == 201
        for wrong in ({"answer": "fire"}, {"answer": "router", "times": 0}, {"reply": "router"}, {}):
            assert (await control.post("/faults/scripts", json=wrong)).status_code == 400
        assert (await control.get("/faults/scripts")).json()["answers"][0]["times"] == 1
        company = f"{psa.state.instance.public_url}/login/companyinfo/examplemsp"
        assert (await api.get(company)).json() is None
        assert (await api.get(company)).json()["Codebase"] == "v2025_1/"
        assert (await control.delete("/faults/scripts")).json() == {"answers": [], "alterations": []}


async def test_a_list_is_answered_as_if_no_condition_had_been_sent(
    psa: ConnectWiseSimulator, api: httpx.AsyncClient
) -> None:
    query = {"conditions": "company/id=250", "pageSize": "100"}
    psa.faults.once("filter-ignored", "GET", "company/configurations")
    everybody = (await api.get("company/configurations", params=query)).json()
    assert len({row["company"]["id"] for row in everybody}) == 6
    own = (await api.get("company/configurations", params=query)).json()
    assert {row["company"]["id"] for row in own} == {250}


async def test_a_connection_breaks_within_an_answer_or_before_it(
    psa: ConnectWiseSimulator, api: httpx.AsyncClient
) -> None:
    psa.faults.scripts.answer("reset", path="system/info", times=1, skip=1)
    assert (await api.get("system/info")).status_code == 200
    with pytest.raises(httpx.RemoteProtocolError):
        await api.get("system/info")
    psa.faults.change({"down": True})
    for path in ("system/info", f"{psa.state.instance.public_url}/login/companyinfo/examplemsp"):
        with pytest.raises(httpx.ConnectError):
            await api.get(path)
    psa.faults.reset()
    assert (await api.get("system/info")).status_code == 200


@pytest.mark.parametrize(
    ("form", "header"), [("seconds", "30"), ("date", "Thu, 15 Jan 2026 14:00:30 GMT"), ("absent", None)]
)
async def test_a_429_says_when_to_come_again_in_several_forms(
    psa: ConnectWiseSimulator, api: httpx.AsyncClient, form: str, header: str | None
) -> None:
    psa.faults.change({"api_too_many_requests": 1, "api_retry_after_seconds": 30, "api_retry_after_form": form})
    answer = await api.get("system/info")
    assert (answer.status_code, answer.headers.get("retry-after")) == (429, header)
