"""Changing tickets by PATCH and PUT."""

from typing import Any

import httpx
import pytest

from desk_simulators.connectwise import ConnectWiseSimulator
from desk_simulators.connectwise.testing import create_ticket, patch_ticket


async def test_a_patch_replaces_references_whole_and_stamps_the_ticket(api: httpx.AsyncClient, clock: Any) -> None:
    ticket = await create_ticket(api)
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
    ticket = await create_ticket(api)
    clock.advance(minutes=3)
    answer = await patch_ticket(api, ticket["id"], path, value)
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
async def test_a_patch_that_is_no_list_of_operations_on_existing_fields_is_refused(
    api: httpx.AsyncClient, body: Any
) -> None:
    ticket = await create_ticket(api)
    assert (await api.patch(f"service/tickets/{ticket['id']}", json=body)).status_code == 400


async def test_a_refused_operation_leaves_the_whole_patch_undone(api: httpx.AsyncClient) -> None:
    ticket = await create_ticket(api)
    operations = [
        {"op": "replace", "path": "summary", "value": "Changed"},
        {"op": "replace", "path": "status", "value": {"id": 999}},
    ]
    assert (await api.patch(f"service/tickets/{ticket['id']}", json=operations)).status_code == 400
    assert (await api.get(f"service/tickets/{ticket['id']}")).json() == ticket


async def test_a_move_to_another_board_needs_a_status_of_that_board(api: httpx.AsyncClient) -> None:
    ticket = await create_ticket(api)
    alone = await patch_ticket(api, ticket["id"], "board", {"id": 2})
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
    desk = await create_ticket(api)
    network = await create_ticket(api, board={"id": 2}, status={"id": 31})
    answers = [
        (await patch_ticket(api, ticket["id"], "status", {"name": "Completed"})).json() for ticket in (desk, network)
    ]
    assert [answer["closedFlag"] for answer in answers] == [False, True]
    assert "closedDate" not in answers[0]
    assert answers[0]["dateResolved"] == "2026-01-15T14:00:00Z"
    assert (answers[1]["closedDate"], answers[1]["closedBy"]) == ("2026-01-15T14:00:00Z", "DeskAPI")


async def test_reopening_takes_the_closing_back(api: httpx.AsyncClient) -> None:
    ticket = await create_ticket(api, status={"name": "Closed"})
    assert ticket["closedFlag"] is True
    reopened = (await patch_ticket(api, ticket["id"], "status", {"id": 16})).json()
    assert reopened["closedFlag"] is False
    assert not {"closedDate", "closedBy", "dateResolved", "resolvedBy"} & reopened.keys()


async def test_custom_fields_are_taken_complete_or_not_at_all(api: httpx.AsyncClient) -> None:
    ticket = await create_ticket(api)
    complete = await patch_ticket(api, ticket["id"], "customFields", [{"id": 4, "value": "HQ"}])
    assert complete.json()["customFields"][0] == {**ticket["customFields"][0], "value": "HQ"}
    assert (await patch_ticket(api, ticket["id"], "customFields", [])).status_code == 400


async def test_a_put_clears_what_is_left_out_and_needs_severity_and_impact(api: httpx.AsyncClient) -> None:
    ticket = await create_ticket(api)
    body = {"summary": "Changed", "company": {"id": 250}, "board": {"id": 1}, "status": {"id": 16}}
    refused = await api.put(f"service/tickets/{ticket['id']}", json=body)
    assert [error["field"] for error in refused.json()["errors"]] == ["severity", "impact"]
    answer = await api.put(f"service/tickets/{ticket['id']}", json={**body, "severity": "Low", "impact": "Low"})
    assert answer.json()["summary"] == "Changed"
    assert not {"contact", "priority", "externalXRef"} & answer.json().keys()
    assert answer.json()["_info"]["enteredBy"] == "DeskAPI"
