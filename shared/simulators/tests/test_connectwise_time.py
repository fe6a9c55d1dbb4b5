"""Time entries of tickets."""

from typing import Any

import httpx
import pytest

from desk_simulators.connectwise import ConnectWiseSimulator

SLOT = {"timeStart": "2026-01-15T14:10:00Z", "timeEnd": "2026-01-15T14:40:00Z"}


@pytest.fixture
def ticket(psa: ConnectWiseSimulator) -> int:
    return int(psa.technician("jdoe").open_ticket("VPN down", "ACME", contact=611)["id"])


async def log_time(api: httpx.AsyncClient, ticket: int, **changes: Any) -> httpx.Response:
    entry = {"chargeToId": ticket, "chargeToType": "ServiceTicket", "member": {"identifier": "jdoe"}, **SLOT}
    return await api.post("time/entries", json={**entry, **changes})


async def test_time_takes_member_company_and_agreement_from_its_surroundings(
    api: httpx.AsyncClient, ticket: int
) -> None:
    entry = (await log_time(api, ticket, hoursDeduct=0.25, notes="x")).json()
    assert (entry["actualHours"], entry["hoursBilled"], entry["status"]) == (0.25, 0.25, "Open")
    assert (entry["company"]["id"], entry["agreement"]["id"], entry["billableOption"]) == (250, 31, "Billable")
    references = f"service/tickets/{ticket}/timeentries"
    assert (await api.get(references)).json() == [{"id": entry["id"], "_info": entry["_info"]}]
    assert (await api.get(f"{references}/count")).json() == {"count": 1}
    assert (await api.get(f"{references}/{entry['id']}")).status_code == 404
    assert (await api.get(f"service/tickets/{ticket}")).json()["actualHours"] == 0.25
    unbilled = await api.get("time/entries", params={"conditions": 'billableOption="Billable" and invoiceFlag=False'})
    assert [found["id"] for found in unbilled.json()] == [entry["id"]]


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"timeStart": "2026-01-15T14:10:00.000Z"}, "timeStart", "Unsupported format applied to timeStart"),
        ({"timeEnd": "2026-01-15T14:40:00+01:00"}, "timeEnd", "Unsupported format applied to timeEnd"),
        ({"timeStart": "2026-13-15T14:10:00Z"}, "timeStart", "Unsupported format applied to timeStart"),
        ({"timeStart": None}, "timeStart", "required"),
        ({"timeEnd": "2026-01-15T14:10:00Z"}, "timeEnd", "after timeStart"),
        ({"timeStart": "2025-12-31T14:10:00Z"}, "timeStart", "not open"),
        ({"billableOption": "Perhaps"}, "billableOption", "one of"),
        ({"member": {"identifier": "nobody"}}, "member", "does not exist"),
    ],
)
async def test_time_that_is_wrong_is_refused_and_names_the_field(
    psa: ConnectWiseSimulator, api: httpx.AsyncClient, ticket: int, changes: dict[str, Any], field: str, said: str
) -> None:
    psa.state.behaviour.period_open_from = "2026-01-01"
    answer = await log_time(api, ticket, **changes)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == field
    assert said in answer.json()["errors"][0]["message"]


async def test_time_of_one_member_must_not_overlap(api: httpx.AsyncClient, ticket: int) -> None:
    assert (await log_time(api, ticket)).status_code == 201
    late = {"timeStart": "2026-01-15T14:39:59Z", "timeEnd": "2026-01-15T15:00:00Z"}
    assert (await log_time(api, ticket, **late)).json()["errors"][0]["field"] == "timeStart"
    assert (await log_time(api, ticket, **{**late, "timeStart": "2026-01-15T14:40:00Z"})).status_code == 201
    assert (await log_time(api, ticket, **late, member={"identifier": "mlopez"})).status_code == 201


async def test_hours_follow_from_start_and_end_when_time_is_patched(api: httpx.AsyncClient, ticket: int) -> None:
    entry = (await log_time(api, ticket)).json()
    operations = [
        {"op": "replace", "path": "actualHours", "value": 9},
        {"op": "replace", "path": "timeEnd", "value": "2026-01-15T15:10:00Z"},
    ]
    assert (await api.patch(f"time/entries/{entry['id']}", json=operations)).json()["actualHours"] == 1.0


async def test_invoiced_time_is_neither_changed_nor_deleted(
    psa: ConnectWiseSimulator, api: httpx.AsyncClient, ticket: int
) -> None:
    entry = (await log_time(api, ticket)).json()
    psa.state.table("time").put({**entry, "invoiceFlag": True, "status": "Billed"})
    operation = [{"op": "replace", "path": "notes", "value": "x"}]
    assert (await api.patch(f"time/entries/{entry['id']}", json=operation)).status_code == 400
    assert (await api.delete(f"time/entries/{entry['id']}")).status_code == 400


async def test_no_time_is_entered_in_a_status_that_does_not_allow_it(
    psa: ConnectWiseSimulator, api: httpx.AsyncClient, ticket: int
) -> None:
    psa.technician("jdoe").set_status(ticket, "Cancelled")
    assert (await log_time(api, ticket)).json()["errors"][0]["field"] == "chargeToId"
    assert (await log_time(api, 999_999)).status_code == 404
