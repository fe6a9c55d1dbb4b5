"""Tickets through the REST API."""

from typing import Any

import httpx
import pytest

from desk_simulators.connectwise import ConnectWiseSimulator

NEW = {
    "summary": "VPN down at head office",
    "board": {"name": "Help Desk"},
    "status": {"name": "New"},
    "company": {"id": 250},
    "contact": {"id": 611},
    "priority": {"id": 7},
    "severity": "Medium",
    "impact": "High",
    "initialDescription": "Nobody at the site can connect since 14:00.",
    "externalXRef": "bb-9c1e7d",
    "processNotifications": False,
}


async def created(api: httpx.AsyncClient, **changes: Any) -> dict[str, Any]:
    answer = await api.post("service/tickets", json={**NEW, **changes})
    assert answer.status_code == 201, answer.text
    record: dict[str, Any] = answer.json()
    return record


async def patched(api: httpx.AsyncClient, ticket_id: int, path: str, value: Any, op: str = "replace") -> httpx.Response:
    return await api.patch(f"service/tickets/{ticket_id}", json=[{"op": op, "path": path, "value": value}])


async def test_a_created_ticket_is_answered_in_full(api: httpx.AsyncClient) -> None:
    ticket = await created(api)
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
    ticket = await created(api)
    (note,) = (await api.get(f"service/tickets/{ticket['id']}/notes")).json()
    assert (note["text"], note["detailDescriptionFlag"]) == (NEW["initialDescription"], True)


async def test_a_ticket_is_found_again_by_its_external_reference(api: httpx.AsyncClient) -> None:
    ticket = await created(api)
    found = await api.get("service/tickets", params={"conditions": 'externalXRef="bb-9c1e7d"'})
    assert [record["id"] for record in found.json()] == [ticket["id"]]


async def test_a_contact_is_found_by_email_on_create(api: httpx.AsyncClient) -> None:
    ticket = await created(api, contact=None, contactEmailLookup="Robin.Hale@acme.example")
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
    answer = await api.post("service/tickets", json={**NEW, **changes})
    assert answer.status_code == 400
    assert (answer.json()["code"], answer.json()["message"]) == ("InvalidObject", "ticket object is invalid")
    error = answer.json()["errors"][0]
    assert (error["code"], error["field"], error["resource"]) == (code, field, "ticket")
    assert len(psa.state.table("ticket")) == 0


async def test_a_patch_replaces_references_whole_and_stamps_the_ticket(api: httpx.AsyncClient, clock: Any) -> None:
    ticket = await created(api)
    clock.advance(minutes=3)
    answer = await api.patch(
        f"service/tickets/{ticket['id']}",
        json=[
            {"op": "replace", "path": "status", "value": {"id": 16}},
            {"op": "replace", "path": "/priority", "value": {"name": "Priority 4 - Low"}},
            {"op": "add", "path": "owner", "value": {"identifier": "jdoe"}},
            {"op": "remove", "path": "contact"},
        ],
    )
    changed = answer.json()
    assert changed["status"]["name"] == "In Progress"
    assert changed["priority"]["id"] == 9
    assert (changed["owner"]["id"], changed["resources"]) == (201, "jdoe")
    assert "contact" not in changed
    assert changed["_info"]["lastUpdated"] == "2026-01-15T14:03:00Z"
    assert changed["_info"]["dateEntered"] == "2026-01-15T14:00:00Z"


@pytest.mark.parametrize(
    ("path", "value"), [("company/identifier", "BLUEHARBOR"), ("status/id", 16), ("closedFlag", True), ("id", 7)]
)
async def test_a_patch_of_a_nested_or_read_only_path_is_answered_200_and_changes_nothing(
    psa: ConnectWiseSimulator, api: httpx.AsyncClient, clock: Any, path: str, value: Any
) -> None:
    ticket = await created(api)
    clock.advance(minutes=3)
    answer = await patched(api, ticket["id"], path, value)
    assert (answer.status_code, answer.json()) == (200, ticket)
    assert len(psa.state.table("changelog")) == 1


@pytest.mark.parametrize(
    "body",
    [
        {"status": {"id": 16}},
        [],
        [{"op": "test", "path": "status", "value": 1}],
        [{"op": "replace", "value": 1}],
        [{"op": "replace", "path": "Status", "value": {"id": 16}}],
        ["status"],
        None,
    ],
)
async def test_a_patch_that_is_no_list_of_operations_on_known_fields_is_refused(
    api: httpx.AsyncClient, body: Any
) -> None:
    ticket = await created(api)
    assert (await api.patch(f"service/tickets/{ticket['id']}", json=body)).status_code == 400


async def test_a_refused_operation_leaves_the_whole_patch_undone(api: httpx.AsyncClient) -> None:
    ticket = await created(api)
    operations = [
        {"op": "replace", "path": "summary", "value": "Changed"},
        {"op": "replace", "path": "status", "value": {"id": 999}},
    ]
    assert (await api.patch(f"service/tickets/{ticket['id']}", json=operations)).status_code == 400
    assert (await api.get(f"service/tickets/{ticket['id']}")).json() == ticket


async def test_a_move_to_another_board_needs_a_status_of_that_board(api: httpx.AsyncClient) -> None:
    ticket = await created(api)
    alone = await patched(api, ticket["id"], "board", {"id": 2})
    assert (alone.status_code, alone.json()["errors"][0]["field"]) == (400, "status")
    both = await api.patch(
        f"service/tickets/{ticket['id']}",
        json=[
            {"op": "replace", "path": "status", "value": {"name": "New"}},
            {"op": "replace", "path": "board", "value": {"name": "Network"}},
        ],
    )
    assert (both.json()["board"]["id"], both.json()["status"]["id"]) == (2, 31)


async def test_completed_is_resolved_on_one_board_and_closed_on_the_other(api: httpx.AsyncClient) -> None:
    desk = await created(api)
    network = await created(api, board={"id": 2}, status={"id": 31})
    answers = [(await patched(api, ticket["id"], "status", {"name": "Completed"})).json() for ticket in (desk, network)]
    assert [answer["closedFlag"] for answer in answers] == [False, True]
    assert "closedDate" not in answers[0]
    assert answers[0]["dateResolved"] == "2026-01-15T14:00:00Z"
    assert (answers[1]["closedDate"], answers[1]["closedBy"]) == ("2026-01-15T14:00:00Z", "DeskAPI")


async def test_reopening_takes_the_closing_back(api: httpx.AsyncClient) -> None:
    ticket = await created(api, status={"name": "Closed"})
    assert ticket["closedFlag"] is True
    reopened = (await patched(api, ticket["id"], "status", {"id": 16})).json()
    assert reopened["closedFlag"] is False
    assert not {"closedDate", "closedBy", "dateResolved", "resolvedBy"} & reopened.keys()


async def test_custom_fields_are_taken_complete_or_not_at_all(api: httpx.AsyncClient) -> None:
    ticket = await created(api)
    complete = await patched(api, ticket["id"], "customFields", [{"id": 4, "value": "HQ"}])
    assert complete.json()["customFields"][0] == {**ticket["customFields"][0], "value": "HQ"}
    assert (await patched(api, ticket["id"], "customFields", [])).status_code == 400


async def test_a_put_clears_what_is_left_out_and_needs_severity_and_impact(api: httpx.AsyncClient) -> None:
    ticket = await created(api)
    body = {"summary": "Changed", "company": {"id": 250}, "board": {"id": 1}, "status": {"id": 16}}
    refused = await api.put(f"service/tickets/{ticket['id']}", json=body)
    assert [error["field"] for error in refused.json()["errors"]] == ["severity", "impact"]
    answer = await api.put(f"service/tickets/{ticket['id']}", json={**body, "severity": "Low", "impact": "Low"})
    assert answer.json()["summary"] == "Changed"
    assert not {"contact", "priority", "externalXRef"} & answer.json().keys()
    assert answer.json()["_info"]["enteredBy"] == "DeskAPI"


async def test_a_deleted_ticket_is_gone_and_its_number_is_not_given_again(api: httpx.AsyncClient) -> None:
    ticket = await created(api)
    assert (await api.delete(f"service/tickets/{ticket['id']}")).status_code == 204
    missing = await api.get(f"service/tickets/{ticket['id']}")
    assert (missing.status_code, missing.json()["code"]) == (404, "NotFound")
    assert (await created(api))["id"] == ticket["id"] + 1


async def test_every_path_below_a_missing_ticket_is_not_found(api: httpx.AsyncClient) -> None:
    for path in ("notes", "allNotes", "timeentries", "configurations"):
        assert (await api.get(f"service/tickets/77/{path}")).status_code == 404
    assert (await api.post("service/tickets/77/notes", json={"text": "x"})).status_code == 404
    assert (await api.patch("service/tickets/77", json=[{"op": "remove", "path": "owner"}])).status_code == 404
