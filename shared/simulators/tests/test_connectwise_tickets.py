"""Tickets through the REST API."""

from typing import Any

import httpx
import pytest

from desk_simulators.connectwise import ConnectWiseSimulator
from desk_simulators.connectwise.testing import NEW_TICKET, create_ticket


async def test_a_created_ticket_is_answered_in_full(api: httpx.AsyncClient) -> None:
    ticket = await create_ticket(api)
    assert ticket["board"]["id"] == 1
    assert ticket["status"] == {"id": 15, "name": "New"}
    assert ticket["company"]["identifier"] == "ACME"
    assert ticket["contactEmailAddress"] == "pat.doe@acme.example"
    assert ticket["priority"]["name"] == "Priority 2 - High"
    assert ticket["agreement"]["type"] == "Managed"
    assert ticket["slaStatus"] == "Respond by Thu 01/15 10:00 AM UTC-05"
    assert ticket["_info"] == {
        "dateEntered": "2026-01-15T14:00:00Z",
        "enteredBy": "DeskAPI",
        "lastUpdated": "2026-01-15T14:00:00Z",
        "updatedBy": "DeskAPI",
    }
    assert not {"initialDescription", "processNotifications", "skipCallback"} & ticket.keys()


async def test_the_first_text_is_kept_as_a_discussion_note(api: httpx.AsyncClient) -> None:
    ticket = await create_ticket(api)
    (note,) = (await api.get(f"service/tickets/{ticket['id']}/notes")).json()
    assert (note["text"], note["detailDescriptionFlag"]) == (NEW_TICKET["initialDescription"], True)


async def test_a_ticket_is_found_again_by_its_external_reference(api: httpx.AsyncClient) -> None:
    ticket = await create_ticket(api)
    found = await api.get("service/tickets", params={"conditions": 'externalXRef="bb-9c1e7d"'})
    assert [record["id"] for record in found.json()] == [ticket["id"]]


async def test_a_contact_is_found_by_email_on_create(api: httpx.AsyncClient) -> None:
    ticket = await create_ticket(api, contact=None, contactEmailLookup="Robin.Hale@acme.example")
    assert ticket["contact"]["id"] == 612


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"summary": None}, "MissingRequiredField", "summary"),
        ({"company": None}, "MissingRequiredField", "company"),
        ({"summary": "x" * 101}, "InvalidField", "summary"),
        ({"severity": "Terrible"}, "InvalidField", "severity"),
        ({"company": {"id": 1}}, "InvalidField", "company"),
        ({"contact": {"id": 1}}, "InvalidField", "contact"),
        ({"board": {"name": "Nowhere"}}, "InvalidField", "board"),
        ({"status": {"name": "Working"}}, "InvalidField", "status"),
        ({"status": {"id": 32}}, "InvalidField", "status"),
        ({"priority": "high"}, "InvalidField", "priority"),
        ({"Summary": "x"}, "InvalidField", "Summary"),
    ],
)
async def test_a_ticket_that_is_wrong_is_refused_and_names_the_field(
    psa: ConnectWiseSimulator, api: httpx.AsyncClient, changes: dict[str, Any], code: str, field: str
) -> None:
    answer = await api.post("service/tickets", json={**NEW_TICKET, **changes})
    assert answer.status_code == 400
    assert (answer.json()["code"], answer.json()["message"]) == ("InvalidObject", "ticket object is invalid")
    error = answer.json()["errors"][0]
    assert (error["code"], error["field"], error["resource"]) == (code, field, "ticket")
    assert len(psa.state.table("ticket")) == 0


async def test_a_deleted_ticket_is_gone_and_its_number_is_not_given_again(api: httpx.AsyncClient) -> None:
    ticket = await create_ticket(api)
    assert (await api.delete(f"service/tickets/{ticket['id']}")).status_code == 204
    missing = await api.get(f"service/tickets/{ticket['id']}")
    assert (missing.status_code, missing.json()["code"]) == (404, "NotFound")
    assert (await create_ticket(api))["id"] == ticket["id"] + 1


async def test_every_path_below_a_missing_ticket_is_not_found(api: httpx.AsyncClient) -> None:
    for path in ("notes", "allNotes", "timeentries", "configurations"):
        assert (await api.get(f"service/tickets/77/{path}")).status_code == 404
    assert (await api.post("service/tickets/77/notes", json={"text": "x"})).status_code == 404
    assert (await api.patch("service/tickets/77", json=[{"op": "remove", "path": "owner"}])).status_code == 404
