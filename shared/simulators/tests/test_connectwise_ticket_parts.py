"""What hangs on a ticket: notes, time, configurations, merging, bundling."""

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


async def test_a_note_is_stored_with_its_author_and_readers(api: httpx.AsyncClient, ticket: int) -> None:
    answer = await api.post(
        f"service/tickets/{ticket}/notes", json={"text": "Rebooted the firewall.", "internalAnalysisFlag": True}
    )
    note = answer.json()
    assert answer.status_code == 201
    assert (note["ticketId"], note["createdBy"], note["member"]["identifier"]) == (ticket, "DeskAPI", "DeskAPI")
    assert (note["internalFlag"], note["externalFlag"], note["detailDescriptionFlag"]) == (True, False, False)
    changed = await api.patch(
        f"service/tickets/{ticket}/notes/{note['id']}", json=[{"op": "replace", "path": "text", "value": "Changed"}]
    )
    assert changed.json()["text"] == "Changed"
    assert (await api.get(f"service/tickets/{ticket}/notes/{note['id']}")).json() == changed.json()


async def test_a_note_without_text_is_refused(api: httpx.AsyncClient, ticket: int) -> None:
    answer = await api.post(f"service/tickets/{ticket}/notes", json={"internalAnalysisFlag": True})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "text")


async def test_a_note_of_another_ticket_is_not_found_here(psa: ConnectWiseSimulator, api: httpx.AsyncClient) -> None:
    technician = psa.technician("jdoe")
    here, there = (technician.open_ticket(name, "ACME")["id"] for name in ("here", "there"))
    note = technician.add_note(there, "text")["id"]
    operation = [{"op": "replace", "path": "text", "value": "x"}]
    assert (await api.patch(f"service/tickets/{here}/notes/{note}", json=operation)).status_code == 404


@pytest.mark.parametrize(("touches", "updated"), [(True, "2026-01-15T14:05:00Z"), (False, "2026-01-15T14:00:00Z")])
async def test_a_note_updates_its_ticket_only_where_the_installation_does_so(
    psa: ConnectWiseSimulator, api: httpx.AsyncClient, clock: Any, ticket: int, touches: bool, updated: str
) -> None:
    psa.state.behaviour.notes_touch_ticket = touches
    clock.advance(minutes=5)
    await api.post(f"service/tickets/{ticket}/notes", json={"text": "x"})
    assert (await api.get(f"service/tickets/{ticket}")).json()["_info"]["lastUpdated"] == updated


async def test_a_clients_reply_marks_the_ticket_as_updated_by_the_customer(
    psa: ConnectWiseSimulator, api: httpx.AsyncClient, ticket: int
) -> None:
    note = psa.technician("mlopez").add_note(ticket, "It happens again", contact=611)
    assert note["contact"]["name"] == "Pat Doe"
    assert "member" not in note
    assert (await api.get(f"service/tickets/{ticket}")).json()["customerUpdatedFlag"] is True


async def test_notes_and_time_stand_in_one_list(api: httpx.AsyncClient, ticket: int) -> None:
    await api.post(f"service/tickets/{ticket}/notes", json={"text": "note", "detailDescriptionFlag": True})
    await log_time(api, ticket, notes="Tunnel restored", addToResolutionFlag=True)
    time, note = (await api.get(f"service/tickets/{ticket}/allNotes")).json()
    assert (note["noteType"], note["text"], note["detailDescriptionFlag"]) == ("TicketNote", "note", True)
    assert (time["noteType"], time["text"], time["resolutionFlag"]) == ("TimeEntry", "Tunnel restored", True)
    assert time["ticket"] == {"id": ticket, "summary": "VPN down"}
    assert (time["timeStart"], time["timeEnd"]) == (SLOT["timeStart"], SLOT["timeEnd"])


async def test_time_takes_member_company_and_agreement_from_its_surroundings(
    api: httpx.AsyncClient, ticket: int
) -> None:
    entry = (await log_time(api, ticket, hoursDeduct=0.25, notes="x")).json()
    assert (entry["actualHours"], entry["hoursBilled"], entry["status"]) == (0.25, 0.25, "Open")
    assert (entry["company"]["id"], entry["agreement"]["id"], entry["billableOption"]) == (250, 31, "Billable")
    assert (await api.get(f"service/tickets/{ticket}/timeentries")).json() == [entry]
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


async def test_a_configuration_is_attached_once_listed_and_taken_off(api: httpx.AsyncClient, ticket: int) -> None:
    path = f"service/tickets/{ticket}/configurations"
    for _ in range(2):
        assert (await api.post(path, json={"id": 701})).status_code == 201
    assert [(found["id"], found["name"]) for found in (await api.get(path)).json()] == [(701, "ACME-WS-014")]
    assert (await api.post(path, json={"id": 1})).status_code == 404
    assert (await api.post(path, json={})).status_code == 400
    assert (await api.delete(f"{path}/701")).status_code == 204
    assert (await api.get(path)).json() == []
    assert (await api.delete(f"{path}/701")).status_code == 404


async def test_merging_moves_the_notes_and_names_the_parent(psa: ConnectWiseSimulator, api: httpx.AsyncClient) -> None:
    technician = psa.technician("asingh")
    parent, child = (technician.open_ticket(name, "ACME")["id"] for name in ("parent", "child"))
    technician.add_note(child, "seen on the second floor")
    answer = await api.post(
        f"service/tickets/{parent}/merge", json={"mergeTicketIds": [child], "status": {"name": "Closed"}}
    )
    assert answer.json()["success"] is True
    merged = (await api.get(f"service/tickets/{child}")).json()
    assert (merged["mergedParentTicket"], merged["closedFlag"]) == ({"id": parent, "summary": "parent"}, True)
    assert (await api.get(f"service/tickets/{parent}")).json()["hasMergedChildTicketFlag"] is True
    assert (await api.get(f"service/tickets/{child}/notes")).json() == []
    (note,) = (await api.get(f"service/tickets/{parent}/allNotes")).json()
    assert (note["text"], note["mergedFlag"]) == ("seen on the second floor", True)


@pytest.mark.parametrize("body", [{}, {"mergeTicketIds": []}, {"mergeTicketIds": "5"}])
async def test_a_merge_that_names_no_ticket_is_refused(
    api: httpx.AsyncClient, ticket: int, body: dict[str, Any]
) -> None:
    assert (await api.post(f"service/tickets/{ticket}/merge", json=body)).status_code == 400
    assert (await api.post(f"service/tickets/{ticket}/merge", json={"mergeTicketIds": [ticket]})).status_code == 400


async def test_children_are_bundled_under_their_parent(psa: ConnectWiseSimulator, api: httpx.AsyncClient) -> None:
    technician = psa.technician("asingh")
    parent, child = (technician.open_ticket(name, "ACME")["id"] for name in ("parent", "child"))
    await api.post(f"service/tickets/{parent}/attachChildren", json={"childTicketIds": [child]})
    assert (await api.get(f"service/tickets/{child}")).json()["parentTicketId"] == parent
    assert (await api.get(f"service/tickets/{parent}")).json()["hasChildTicket"] is True
