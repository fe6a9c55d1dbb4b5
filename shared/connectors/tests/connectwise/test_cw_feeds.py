"""Subscriptions, change log and directory of ConnectWise."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from desk_connectors.connectwise import Field, Listing
from desk_connectors.connectwise.testing import Psa, rows
from desk_connectors.http import VendorRefused

URL = "https://hooks.example.net/psa/cw/t-01?recordId="


def callback_entry(number: int, kind: str, **changes: object) -> dict[str, Any]:
    entry = {"id": number, "url": URL, "objectId": 1, "type": kind, "level": "owner", "inactiveFlag": False}
    return entry | changes


async def test_missing_subscriptions_are_made_and_those_that_exist_are_left() -> None:
    made = httpx.Response(201, json=callback_entry(2, "time"))
    found = [callback_entry(1, "Ticket"), callback_entry(9, "time", url="https://other.example/?recordId=")]
    psa = Psa({"GET /system/callbacks": rows(*found), "POST /system/callbacks": made})
    ensured = await psa.client().ensure_callbacks(URL, ["ticket", "time", "ticket"])
    assert ([entry.id for entry in ensured.entries], ensured.created, ensured.rearmed) == ([1, 2], (2,), ())
    (sent,) = psa.bodies("POST")
    assert (sent["type"], sent["level"], sent["objectId"], sent["isSelfSuppressedFlag"]) == ("time", "owner", 1, True)


async def test_a_subscription_that_the_vendor_switched_off_is_switched_on_again() -> None:
    off = callback_entry(1, "ticket", inactiveFlag=True)
    psa = Psa(
        {
            "GET /system/callbacks": rows(off),
            "PATCH /system/callbacks/1": callback_entry(1, "ticket"),
        }
    )
    ensured = await psa.client().ensure_callbacks(URL, ["ticket"])
    assert (ensured.created, ensured.rearmed, ensured.entries[0].inactive_flag) == ((), (1,), False)
    assert psa.bodies("PATCH") == [[{"op": "replace", "path": "inactiveFlag", "value": False}]]


async def test_two_processes_that_subscribe_at_once_end_with_one_subscription() -> None:
    body = {"code": "InvalidObject", "errors": [{"code": "ObjectExists", "field": "objectId"}]}
    lists = [rows(), rows(callback_entry(1, "ticket"))]
    psa = Psa({"GET /system/callbacks": lists, "POST /system/callbacks": httpx.Response(400, json=body)})
    ensured = await psa.client().ensure_callbacks(URL, ["ticket"])
    assert (ensured.entries[0].id, ensured.created) == (1, ())


async def test_a_refused_subscription_is_an_error() -> None:
    body = {"code": "InvalidObject", "errors": [{"code": "InvalidField", "field": "url"}]}
    psa = Psa({"GET /system/callbacks": rows(), "POST /system/callbacks": httpx.Response(400, json=body)})
    with pytest.raises(VendorRefused, match="url: InvalidField"):
        await psa.client().ensure_callbacks(URL, ["ticket"])


@pytest.mark.parametrize(
    ("url", "types", "named"),
    [("https://hooks.example.net/psa", ["ticket"], "recordId"), (URL, ["note"], "note"), (URL, ["Ticket"], "Ticket")],
)
async def test_a_subscription_the_vendor_does_not_have_is_refused_before_any_call(
    url: str, types: list[str], named: str
) -> None:
    psa = Psa({})
    with pytest.raises(ValueError, match=named):
        await psa.client().ensure_callbacks(url, types)
    assert psa.asked == []


async def test_the_change_log_is_read_from_where_we_stopped() -> None:
    row = {"id": 12, "action": "updated", "ticketNumber": 5, "status": "In Progress", "boardId": None, "_info": {}}
    psa = Psa({"GET /service/tickets/changelogs": rows(row)})
    (entry,) = await psa.client().change_log(after_id=11, ticket_id=5).all()
    assert (entry.id, entry.ticket_number, entry.status, entry.board_id) == (12, 5, "In Progress", None)
    asked = parse_qs(psa.asked[0].url.query.decode())
    assert (asked["conditions"], asked["orderBy"]) == (["(id>11) and (ticketNumber=5)"], ["id asc"])


async def test_the_audit_trail_of_a_ticket_is_read() -> None:
    row = {"text": "Status changed", "enteredDate": "2026-01-15T14:10:00Z", "enteredBy": "jdoe", "auditType": "Ticket"}
    psa = Psa({"GET /system/audittrail": rows(row)})
    (entry,) = await psa.client().audit_trail(5, after=datetime(2026, 1, 15, tzinfo=UTC)).all()
    assert (entry.text, entry.entered_by) == ("Status changed", "jdoe")
    asked = parse_qs(psa.asked[0].url.query.decode())
    assert (asked["type"], asked["id"]) == (["Ticket"], ["5"])
    assert "pagination-type" not in psa.asked[0].headers


async def test_a_contact_comes_with_every_way_to_reach_it() -> None:
    items = [{"id": 1, "value": "pat@acme.example", "communicationType": "Email", "defaultFlag": True}]
    psa = Psa(
        {
            "GET /company/contacts/611": {"id": 611, "firstName": "Pat"},
            "GET /company/contacts/611/communications": httpx.Response(200, json=items),
        }
    )
    assert (await psa.client().contact(611)).reach("Email") == ("pat@acme.example",)


async def test_other_directory_records_are_read_by_their_paths() -> None:
    named = {"id": 1, "identifier": "ACME", "name": "Acme", "type": {"id": 1}, "company": {"id": 250}}
    one = ("company/companies/1", "company/configurations/1", "finance/agreements/1", "system/members/1")
    many = ("company/companies", "company/configurations", "finance/agreements", "system/members", "company/contacts")
    few = ("service/priorities", "service/boards/1/statuses", "company/companies/statuses")
    routes: dict[str, Any] = {f"GET /{path}": named for path in one}
    routes |= {f"GET /{path}": httpx.Response(200, json=[named]) for path in (*many, *few)}
    cw = Psa(routes | {"GET /system/info": {"version": "v2025.1", "isCloud": True}}).client()
    assert (await cw.company(1)).id == (await cw.configuration(1)).id == (await cw.agreement(1)).id == 1
    assert (await cw.member(1)).identifier == "ACME"
    active = Field("deletedFlag").equals(False)
    lists: list[Listing[Any]] = [cw.companies(active), cw.configurations(active), cw.agreements(), cw.members()]
    lists += [cw.contacts(), cw.priorities(), cw.board_statuses(1), cw.company_statuses()]
    assert [len(await listing.all()) for listing in lists] == [1] * 8
    assert (await cw.system_info()).is_cloud
