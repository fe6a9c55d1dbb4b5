"""Records beside the tickets, and what the PSA writes down about changes."""

from typing import Any

import httpx
import pytest

from desk_simulators.connectwise import ConnectWiseSimulator


async def rows(api: httpx.AsyncClient, path: str, **query: str) -> list[dict[str, Any]]:
    answer = await api.get(path, params=query)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()
    return found


@pytest.mark.parametrize(
    ("path", "count"),
    [
        ("service/boards", 2),
        ("service/boards/1/statuses", 12),
        ("service/boards/2/statuses", 9),
        ("service/boards/1/teams", 1),
        ("service/boards/2/types", 2),
        ("service/priorities", 4),
        ("service/severities", 3),
        ("service/impacts", 3),
        ("service/SLAs", 1),
        ("service/SLAs/3/priorities", 4),
        ("service/surveys", 1),
        ("company/companies", 6),
        ("company/companies/statuses", 3),
        ("company/contacts", 16),
        ("company/configurations", 15),
        ("finance/agreements", 5),
        ("finance/agreements/31/additions", 1),
        ("time/workRoles", 2),
        ("time/workTypes", 3),
        ("system/members", 6),
    ],
)
async def test_the_seeded_records_are_listed_counted_and_read_one_by_one(
    api: httpx.AsyncClient, path: str, count: int
) -> None:
    found = await rows(api, path, pageSize="100")
    assert len(found) == count
    assert (await api.get(f"{path}/count")).json() == {"count": count}
    assert (await api.get(f"{path}/{found[0]['id']}")).json() == found[0]
    assert (await api.get(f"{path}/123456")).status_code == 404


async def test_the_seed_has_one_inactive_contact_one_api_member_and_statuses_of_every_class(
    psa: ConnectWiseSimulator, api: httpx.AsyncClient
) -> None:
    assert [contact["id"] for contact in await rows(api, "company/contacts", conditions="inactiveFlag=True")] == [613]
    members = await rows(api, "system/members", conditions='licenseClass="A"')
    assert [member["identifier"] for member in members] == ["DeskAPI"]
    assert set(psa.state.status_classes) == {status["id"] for status in psa.state.table("status")}
    completed = await rows(api, "service/boards/1/statuses", conditions='name="Completed"')
    completed += await rows(api, "service/boards/2/statuses", conditions='name="Completed"')
    assert [psa.state.status_classes[status["id"]] for status in completed] == ["resolved", "closed"]


async def test_a_member_is_read_by_number_or_by_identifier(api: httpx.AsyncClient) -> None:
    (member,) = await rows(api, "system/members", conditions='identifier="jdoe"')
    assert (await api.get("system/members/jdoe")).json() == member
    assert (await api.get("system/members/JDoe")).json() == (await api.get(f"system/members/{member['id']}")).json()
    missing = await api.get("system/members/nobody")
    assert (missing.status_code, missing.json()["message"]) == (404, "member nobody not found")
    assert (await api.delete("system/members/jdoe")).status_code == 405


async def test_a_company_is_inactive_by_its_status_and_not_by_a_flag(api: httpx.AsyncClient) -> None:
    statuses = await rows(api, "company/companies/statuses", conditions="inactiveFlag=True")
    operation = [{"op": "replace", "path": "status", "value": {"id": statuses[0]["id"]}}]
    company = (await api.patch("company/companies/253", json=operation)).json()
    assert company["status"]["name"] == "Inactive"
    assert "inactiveFlag" not in company
    refused = await api.patch("company/companies/253", json=[{"op": "replace", "path": "inactiveFlag", "value": True}])
    assert refused.status_code == 400


async def test_a_way_to_reach_a_contact_is_patched_in_place(api: httpx.AsyncClient) -> None:
    operation = [{"op": "replace", "path": "/communicationItems/1/value", "value": "+15550100199"}]
    await api.patch("company/contacts/611", json=operation)
    communications = await rows(api, "company/contacts/611/communications")
    assert [item["value"] for item in communications] == ["pat.doe@acme.example", "+15550100199"]
    missing = [{"op": "replace", "path": "/communicationItems/7/value", "value": "x"}]
    assert (await api.patch("company/contacts/611", json=missing)).status_code == 400


async def test_a_contact_is_created_and_deleted(api: httpx.AsyncClient) -> None:
    body = {
        "firstName": "Max",
        "lastName": "Field",
        "company": {"identifier": "ACME"},
        "communicationItems": [{"value": "max@acme.example", "communicationType": "Email"}],
    }
    contact = (await api.post("company/contacts", json=body)).json()
    assert (contact["fullName"], contact["company"]["id"], contact["inactiveFlag"]) == ("Max Field", 250, False)
    assert (await api.delete(f"company/contacts/{contact['id']}")).status_code == 204
    wrong = {**body, "communicationItems": [{"value": "x", "communicationType": "Pigeon"}]}
    assert (await api.post("company/contacts", json=wrong)).json()["errors"][0]["field"] == "communicationItems"


async def test_survey_results_hang_on_a_ticket(psa: ConnectWiseSimulator, api: httpx.AsyncClient) -> None:
    ticket = psa.technician("jdoe").open_ticket("x", "ACME")["id"]
    body = {"ticketId": ticket, "totalPoints": 9, "results": [{"questionId": 1, "answer": "Good"}]}
    result = await api.post("service/surveys/1/results", json=body)
    assert result.status_code == 201
    assert result.json()["company"]["id"] == 250
    assert await rows(api, "service/surveys/1/results", conditions=f"ticketId={ticket}") == [result.json()]
    assert (await api.post("service/surveys/1/results", json={"ticketId": 1})).status_code == 404
    assert (await api.post("service/surveys/1/results", json={})).json()["errors"][0]["field"] == "ticketId"


async def test_the_change_log_holds_the_ticket_as_it_was_after_each_change(
    psa: ConnectWiseSimulator, api: httpx.AsyncClient, clock: Any
) -> None:
    technician = psa.technician("jdoe")
    ticket = technician.open_ticket("VPN down", "ACME", contact=611)["id"]
    for minute, act in ((5, "In Progress"), (9, "Completed")):
        clock.advance(minutes=minute)
        technician.set_status(ticket, act)
        technician.add_note(ticket, "a note is no change of the record")
    psa.technician("mlopez").delete(ticket)
    log = await rows(api, "service/tickets/changelogs", conditions=f"ticketNumber={ticket}")
    assert [(entry["action"], entry["status"], entry["_info"]["lastUpdated"][11:16]) for entry in log] == [
        ("added", "New", "14:00"),
        ("updated", "In Progress", "14:05"),
        ("updated", "Completed", "14:14"),
        ("deleted", "Completed", "14:14"),
    ]
    assert log[0]["productInstanceId"] == psa.state.instance.product_instance_id
    assert (log[1]["slaStatus"], log[2]["slaStatus"]) == ("Resolve by Fri 01/16 9:00 AM UTC-05", "Resolved")
    assert log[3]["_info"]["updatedBy"] == "mlopez"
    since = "lastUpdated>[2026-01-15T14:05:00Z]"
    assert len(await rows(api, "service/tickets/changelogs", conditions=since)) == 2
    assert (await api.delete("service/tickets/changelogs")).status_code == 204
    assert await rows(api, "service/tickets/changelogs") == []


async def test_a_merge_stands_in_the_change_log(psa: ConnectWiseSimulator, api: httpx.AsyncClient) -> None:
    technician = psa.technician("asingh")
    parent, child = (technician.open_ticket(name, "ACME")["id"] for name in ("parent", "child"))
    technician.merge(parent, [child])
    log = await rows(api, "service/tickets/changelogs", conditions=f'ticketNumber={child} and action="updated"')
    assert [entry["mergedParentTicketId"] for entry in log] == [parent]


async def test_the_audit_trail_names_old_and_new_values_and_who(
    psa: ConnectWiseSimulator, api: httpx.AsyncClient
) -> None:
    ticket = psa.technician("jdoe").open_ticket("VPN down", "ACME")["id"]
    psa.technician("mlopez").set_status(ticket, "In Progress")
    trail = await rows(api, "system/audittrail", type="Ticket", id=str(ticket))
    assert [entry["auditSubType"] for entry in trail] == ["Record", "Status"]
    assert trail[1]["text"] == 'Status has been updated from "New" to "In Progress".'
    assert trail[1]["enteredBy"] == "mlopez"
    assert trail[1].keys() == {"text", "enteredDate", "enteredBy", "auditType", "auditSubType", "auditSource"}
    assert (await api.get("system/audittrail", params={"type": "Ticket"})).status_code == 400
