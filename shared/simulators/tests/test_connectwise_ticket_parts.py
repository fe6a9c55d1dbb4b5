"""Sub-resources of a ticket: notes, time, configurations, merging, bundling."""

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


async def test_notes_and_time_are_one_list(api: httpx.AsyncClient, ticket: int) -> None:
    await api.post(f"service/tickets/{ticket}/notes", json={"text": "note", "detailDescriptionFlag": True})
    await log_time(api, ticket, notes="Tunnel restored", addToResolutionFlag=True)
    time, note = (await api.get(f"service/tickets/{ticket}/allNotes")).json()
    assert (note["noteType"], note["text"], note["detailDescriptionFlag"]) == ("TicketNote", "note", True)
    assert (time["noteType"], time["text"], time["resolutionFlag"]) == ("TimeEntryNote", "Tunnel restored", True)
    assert time["ticket"] == {"id": ticket, "summary": "VPN down"}
    assert (time["timeStart"], time["timeEnd"]) == (SLOT["timeStart"], SLOT["timeEnd"])


async def test_time_is_saved_as_a_note_too_where_the_status_says_so(
    psa: ConnectWiseSimulator, api: httpx.AsyncClient, ticket: int
) -> None:
    status = psa.state.record("ticket", ticket)["status"]["id"]
    psa.state.table("status").put({**psa.state.record("status", status), "saveTimeAsNote": True})
    await log_time(api, ticket, notes="Tunnel restored", addToDetailDescriptionFlag=True)
    (note,) = (await api.get(f"service/tickets/{ticket}/notes")).json()
    assert (note["text"], note["detailDescriptionFlag"], note["resolutionFlag"]) == ("Tunnel restored", True, False)
    kinds = [found["noteType"] for found in (await api.get(f"service/tickets/{ticket}/allNotes")).json()]
    assert sorted(kinds) == ["TicketNote", "TimeEntryNote"]


async def test_a_configuration_is_attached_once_listed_and_taken_off(api: httpx.AsyncClient, ticket: int) -> None:
    path = f"service/tickets/{ticket}/configurations"
    for _ in range(2):
        assert (await api.post(path, json={"id": 701})).status_code == 201
    (reference,) = (await api.get(path)).json()
    assert (reference.keys(), reference["id"]) == ({"id", "deviceIdentifier", "_info"}, 701)
    assert (await api.get(f"{path}/701")).json() == reference
    assert (await api.get(f"{path}/count")).json() == {"count": 1}
    assert (await api.post(path, json={"id": 1})).status_code == 404
    assert (await api.post(path, json={})).status_code == 400
    assert (await api.get(f"{path}/702")).status_code == 404
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
