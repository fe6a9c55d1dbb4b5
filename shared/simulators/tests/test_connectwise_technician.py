"""People who work in the PSA itself."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from desk_simulators.connectwise import ConnectWiseSimulator
from desk_simulators.connectwise.errors import ApiError

CONTROL = "https://psa.example/_simulator"


def test_every_act_is_done_in_the_members_name(psa: ConnectWiseSimulator) -> None:
    ticket = psa.technician("jdoe").open_ticket(
        "VPN down", "ACME", contact="Pat Doe", priority="Priority 2 - High", impact="High", description="since 14:00"
    )
    assert (ticket["_info"]["enteredBy"], ticket["contact"]["id"], ticket["priority"]["id"]) == ("jdoe", 611, 7)
    other = psa.technician("mlopez")
    assert other.assign(ticket["id"], "asingh")["owner"]["identifier"] == "asingh"
    assert "owner" not in other.assign(ticket["id"], None)
    assert other.change_priority(ticket["id"], 9)["priority"]["level"] == "Low"
    assert other.change_impact(ticket["id"], "Low")["impact"] == "Low"
    assert other.change_severity(ticket["id"], "High")["severity"] == "High"
    assert other.change_summary(ticket["id"], "Renamed")["summary"] == "Renamed"
    moved = other.move_board(ticket["id"], "Network")
    assert (moved["board"]["id"], moved["status"]["id"], moved["_info"]["updatedBy"]) == (2, 31, "mlopez")


@pytest.mark.parametrize(
    ("board", "wanted", "name"),
    [
        ("Help Desk", "resolved", "Completed"),
        ("Network", "resolved", "Resolved"),
        ("Network", "Completed", "Completed"),
        ("Help Desk", "waiting-client", "Waiting on Client"),
        ("Network", "waiting-vendor", "Waiting on Carrier"),
        ("Help Desk", "open", "In Progress"),
        ("Help Desk", 21, "On Hold"),
        ("Help Desk", "on hold", "On Hold"),
    ],
)
def test_a_status_is_set_by_name_class_or_id(
    psa: ConnectWiseSimulator, board: str, wanted: str | int, name: str
) -> None:
    technician = psa.technician("jdoe")
    ticket = technician.open_ticket("x", "ACME", board=board)["id"]
    assert technician.set_status(ticket, wanted)["status"]["name"] == name


def test_closing_and_reopening_follow_the_boards_statuses(psa: ConnectWiseSimulator) -> None:
    technician = psa.technician("jdoe")
    for board, closed, reopened in (("Help Desk", "Closed", "In Progress"), ("Network", "Completed", "Working")):
        ticket = technician.open_ticket("x", "ACME", board=board)["id"]
        shut = technician.close(ticket)
        assert (shut["status"]["name"], shut["closedFlag"], shut["closedBy"]) == (closed, True, "jdoe")
        again = technician.reopen(ticket)
        assert (again["status"]["name"], again["closedFlag"]) == (reopened, False)


def test_what_the_psa_would_refuse_is_refused_to_the_technician(psa: ConnectWiseSimulator) -> None:
    technician = psa.technician("jdoe")
    ticket = technician.open_ticket("x", "ACME")["id"]
    acts: list[Callable[[], Any]] = [
        lambda: technician.set_status(ticket, "Nirvana"),
        lambda: technician.move_board(ticket, "Nowhere"),
        lambda: technician.assign(ticket, "nobody"),
        lambda: technician.add_note(ticket, "x", "shouted"),
        lambda: technician.delete(1),
        lambda: technician.open_ticket("x", "NOBODY"),
    ]
    for act in acts:
        with pytest.raises(ApiError):
            act()
    with pytest.raises(KeyError, match="no member 'nobody'"):
        psa.technician("nobody")


async def test_acts_over_http_change_records_and_fire_callbacks(
    psa: ConnectWiseSimulator, api: httpx.AsyncClient, receiver: Any
) -> None:
    entry = {"url": "https://h.example/?id=", "objectId": 1, "type": "ticket", "level": "owner"}
    await api.post("system/callbacks", json=entry)
    async with httpx.AsyncClient(transport=psa.transport(), base_url=CONTROL) as control:
        found = (await control.get("/technician")).json()
        assert "jdoe" in found["members"]
        assert found["acts"]["move_board"] == ["ticket_id", "board", "status"]
        answer = await control.post("/technician/jdoe/open_ticket", json={"summary": "x", "company": "ACME"})
        ticket = answer.json()["id"]
        done = await control.post("/technician/mlopez/close", json={"ticket_id": ticket})
        assert done.json()["status"]["name"] == "Closed"
        assert (await control.get("/health")).json()["tickets"] == 1
    await psa.deliver_pending()
    sent = [json.loads(request.content) for request in receiver.requests]
    assert [(body["Action"], body["MemberId"]) for body in sent] == [("added", "jdoe"), ("updated", "mlopez")]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("jdoe/dance", {}, 404),
        ("nobody/close", {"ticket_id": 1}, 404),
        ("jdoe/close", {"ticket_id": 1}, 404),
        ("jdoe/close", {}, 400),
        ("jdoe/close", {"ticket_id": 1, "why": "x"}, 400),
        ("jdoe/open_ticket", {"summary": "x", "company": "NOBODY"}, 400),
        ("jdoe/add_time", {"ticket_id": 1, "start": "now", "end": "later"}, 400),
    ],
)
async def test_an_act_that_cannot_be_done_is_refused_over_http(
    psa: ConnectWiseSimulator, path: str, body: dict[str, Any], status: int
) -> None:
    async with httpx.AsyncClient(transport=psa.transport(), base_url=CONTROL) as control:
        answer = await control.post(f"/technician/{path}", json=body)
    assert answer.status_code == status
    assert answer.json()
