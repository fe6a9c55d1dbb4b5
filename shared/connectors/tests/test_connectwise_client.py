"""The client: headers and addresses, codebase, errors, lists, and writes that happen once."""

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from desk_connectors.connectwise import (
    ConnectWise,
    ConnectWiseSettings,
    Field,
    Listing,
    NewNote,
    NewTicket,
    NewTimeEntry,
    Patch,
    Ref,
)
from desk_connectors.connectwise.marker import marked
from desk_connectors.http import (
    Limits,
    OutcomeUnknown,
    RecordGone,
    VendorAnswerInvalid,
    VendorRefused,
    VendorUnavailable,
)
from desk_connectors.testing import FakeClock

SETTINGS = ConnectWiseSettings(
    instance="main",
    site="https://na.myconnectwise.net",
    api="https://api-na.myconnectwise.net",
    company_id="examplemsp",
    public_key="PUBLIC",
    private_key="PRIVATE",
    client_id="11111111-2222-3333-4444-555555555555",
    page_size=3,
)
BASE = "/v2025_1/apis/3.0"
KEY = "0198c5b2-7d7e-7000-8000-0123456789ab"
Answering = Callable[[httpx.Request], httpx.Response]


def ticket(number: int, **changes: object) -> dict[str, Any]:
    plain = {
        "id": number,
        "summary": f"Ticket {number}",
        "board": {"id": 1, "name": "Help Desk"},
        "status": {"id": 15, "name": "New"},
        "company": {"id": 250, "identifier": "ACME"},
        "_info": {"lastUpdated": "2026-01-15T14:02:12Z"},
    }
    return plain | changes


def rows(*listed: dict[str, Any]) -> httpx.Response:
    """A list's one and only page."""
    return httpx.Response(200, json=list(listed))


class Psa:
    """Answers by method and path below the base; keeps every request that was not a look-up of the codebase."""

    def __init__(self, routes: dict[str, Any], codebases: tuple[str, ...] = ("v2025_1/",)) -> None:
        self.routes = routes
        self.codebases = list(codebases)
        self.lookups = 0
        self.asked: list[httpx.Request] = []
        self.clock = FakeClock()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/login/companyinfo/examplemsp":
            self.lookups += 1
            codebase = self.codebases.pop(0) if len(self.codebases) > 1 else self.codebases[0]
            return httpx.Response(200, json={"CompanyName": "Example", "Codebase": codebase, "IsCloud": True})
        self.asked.append(request)
        answer = self.routes.get(f"{request.method} {request.url.path.removeprefix(BASE)}", httpx.Response(404))
        if isinstance(answer, list):
            answer = answer.pop(0) if len(answer) > 1 else answer[0]
        if isinstance(answer, Exception):
            raise answer
        if callable(answer):
            answer = answer(request)
        if isinstance(answer, httpx.Response):
            return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)
        return httpx.Response(200, json=answer)

    def client(self, **changes: Any) -> ConnectWise:
        return ConnectWise(replace(SETTINGS, **changes), httpx.MockTransport(self), self.clock)

    def bodies(self, method: str) -> list[Any]:
        return [json.loads(request.content) for request in self.asked if request.method == method]


async def test_every_call_carries_both_credentials_and_the_pinned_version() -> None:
    psa = Psa({"GET /service/tickets/5": ticket(5)})
    async with psa.client() as connectwise:
        assert (await connectwise.ticket(5)).id == 5
    (sent,) = psa.asked
    login = base64.b64decode(sent.headers["authorization"].removeprefix("Basic ")).decode()
    assert login == "examplemsp+PUBLIC:PRIVATE"
    assert sent.headers["clientid"] == "11111111-2222-3333-4444-555555555555"
    assert sent.headers["accept"] == "application/vnd.connectwise.com+json; version=2025.1"
    assert str(sent.url) == "https://api-na.myconnectwise.net/v2025_1/apis/3.0/service/tickets/5"


async def test_the_codebase_is_looked_up_once_without_credentials() -> None:
    seen: list[httpx.Request] = []
    psa = Psa({"GET /service/tickets/5": ticket(5)})

    def watch(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return psa(request)

    connectwise = ConnectWise(SETTINGS, httpx.MockTransport(watch), FakeClock())
    await connectwise.ticket(5)
    await connectwise.ticket(5)
    assert psa.lookups == 1
    assert seen[0].url.host == "na.myconnectwise.net"
    assert "authorization" not in seen[0].headers


async def test_after_an_upgrade_the_codebase_is_looked_up_again_and_the_call_made_once_more() -> None:
    psa = Psa({"GET /service/tickets/5": ticket(5)}, codebases=("v2025_1/", "v2025_2/"))
    connectwise = psa.client()
    await connectwise.ticket(5)
    psa.routes = {"GET /v2025_2/apis/3.0/service/tickets/5": ticket(5)}
    psa.clock.advance(3600)
    assert (await connectwise.ticket(5)).id == 5
    assert (await connectwise.ticket(5)).id == 5
    assert psa.lookups == 2
    assert len(psa.asked) == 4


async def test_a_write_to_an_outdated_address_is_made_again_at_the_new_one() -> None:
    psa = Psa({"GET /service/tickets/5": ticket(5)}, codebases=("v2025_1/", "v2025_2/"))
    connectwise = psa.client()
    await connectwise.ticket(5)
    psa.routes = {"POST /v2025_2/apis/3.0/service/tickets": ticket(9)}
    psa.clock.advance(3600)
    assert (await connectwise.create_ticket(NEW)).ticket.id == 9
    assert [request.method for request in psa.asked] == ["GET", "POST", "POST"]


async def test_a_pinned_codebase_is_never_looked_up() -> None:
    psa = Psa({"GET /v4_6_release/apis/3.0/service/tickets/5": ticket(5)})
    assert (await psa.client(codebase="v4_6_release").ticket(5)).id == 5
    assert psa.lookups == 0


@pytest.mark.parametrize("answer", ["null", '{"Codebase": "../../evil"}', '{"Codebase": ""}', '{"CompanyName": "x"}'])
async def test_a_company_that_is_unknown_or_has_no_codebase_is_an_error_that_says_so(answer: str) -> None:
    def login(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=answer)

    connectwise = ConnectWise(SETTINGS, httpx.MockTransport(login), FakeClock())
    with pytest.raises((VendorRefused, VendorAnswerInvalid), match=r"company_id|Codebase"):
        await connectwise.ticket(5)


async def test_a_record_is_gone_only_after_the_address_was_checked() -> None:
    psa = Psa({})
    connectwise = psa.client()
    with pytest.raises(RecordGone, match="GET /service/tickets/5"):
        await connectwise.ticket(5)
    psa.clock.advance(60)
    with pytest.raises(RecordGone):
        await connectwise.ticket(5)
    assert psa.lookups == 2


async def test_a_missing_ticket_is_believed_gone_only_when_no_list_shows_it() -> None:
    gone = Psa({"GET /service/tickets": rows()})
    assert await gone.client().ticket_is_gone(5)
    assert gone.lookups == 1
    listed = Psa({"GET /service/tickets": rows(ticket(5))})
    assert not await listed.client().ticket_is_gone(5)
    there = Psa({"GET /service/tickets/5": ticket(5)})
    assert not await there.client().ticket_is_gone(5)


async def test_a_refusal_names_code_and_fields_and_keeps_the_vendors_sentence_apart() -> None:
    errors = [{"code": "MissingRequiredField", "message": "The summary of Pat Doe", "field": "summary"}]
    body = {"code": "InvalidObject", "message": "ticket object is invalid", "errors": errors}
    psa = Psa({"PATCH /service/tickets/5": httpx.Response(400, json=body)})
    with pytest.raises(VendorRefused) as refused:
        await psa.client().patch_ticket(5, Patch().replace("summary", "x"))
    assert refused.value.says("MissingRequiredField")
    assert refused.value.says("InvalidObject")
    assert (refused.value.status, refused.value.detail) == (400, "ticket object is invalid")
    assert "summary: MissingRequiredField" in str(refused.value)
    assert "Pat Doe" not in str(refused.value)


@pytest.mark.parametrize("content", [b"", b"<html>", b"[]", b"null", b'{"code": 5}', b"\xff"])
async def test_a_refusal_in_no_known_shape_is_still_a_refusal(content: bytes) -> None:
    psa = Psa({"GET /service/tickets/5": httpx.Response(403, content=content)})
    with pytest.raises(VendorRefused) as refused:
        await psa.client().ticket(5)
    assert refused.value.credentials


async def test_a_redirect_is_not_followed() -> None:
    away = httpx.Response(302, headers={"location": "https://evil.example/"})
    psa = Psa({"GET /service/tickets/5": away})
    with pytest.raises(VendorRefused, match="302"):
        await psa.client().ticket(5)
    assert len(psa.asked) == 1


def by_cursor(total: int, page: int = 3) -> Answering:
    """A forward-only list of tickets 1 to `total`."""

    def answer(request: httpx.Request) -> httpx.Response:
        assert request.headers["pagination-type"] == "forward-only"
        asked = parse_qs(request.url.query.decode())
        after = int(asked.get("pageId", ["0"])[0])
        numbers = range(after + 1, min(after + page, total) + 1)
        last = after + len(numbers)
        more = {"link": f'<https://evil.example/x?pageSize=3&pageId={last}>; rel="next"'} if last < total else {}
        return httpx.Response(200, json=[ticket(number) for number in numbers], headers=more)

    return answer


async def test_a_forward_only_list_is_read_to_its_end_at_our_own_address() -> None:
    psa = Psa({"GET /service/tickets": by_cursor(8)})
    found = await psa.client().tickets().all()
    assert [one.id for one in found] == list(range(1, 9))
    assert {request.url.host for request in psa.asked} == {"api-na.myconnectwise.net"}
    assert "orderBy" not in str(psa.asked[0].url)


async def test_a_full_page_without_link_is_followed_by_the_last_id() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        after = int(parse_qs(request.url.query.decode()).get("pageId", ["0"])[0])
        return httpx.Response(200, json=[ticket(n) for n in range(after + 1, min(after + 3, 6) + 1)])

    psa = Psa({"GET /service/tickets": answer})
    assert len(await psa.client().tickets().all()) == 6
    assert len(psa.asked) == 3


async def test_a_cursor_that_does_not_move_ends_with_an_error_and_not_never() -> None:
    stuck = httpx.Response(200, json=[ticket(1)], headers={"link": '<https://x/?pageId=1>; rel="next"'})
    with pytest.raises(VendorAnswerInvalid, match="cursor"):
        await Psa({"GET /service/tickets": stuck}).client().tickets().all()
    same = httpx.Response(200, json=[{"id": 1, "name": "B"}], headers={"link": '<https://x/?page=2>; rel="next"'})
    with pytest.raises(VendorAnswerInvalid, match="page"):
        await Psa({"GET /service/boards": same}).client().boards().all()


async def test_a_paged_list_is_read_page_by_page() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        page = int(parse_qs(request.url.query.decode())["page"][0])
        more = {"link": f'<https://x/?page={page + 1}>; rel="next", <https://x/?page=1>; rel="first"'}
        boards = [{"id": page * 10, "name": "B"}]
        return httpx.Response(200, json=boards, headers=more if page < 3 else {"link": '<https://x/>; rel="first"'})

    psa = Psa({"GET /service/boards": answer})
    assert [board.id for board in await psa.client().boards().all()] == [10, 20, 30]


async def test_an_unreadable_record_stops_a_plain_list_and_is_put_aside_in_reconciliation() -> None:
    found = [ticket(1), {"id": 2, "summary": "half a ticket"}, ticket(3)]
    connectwise = Psa({"GET /service/tickets": httpx.Response(200, json=found)}).client(page_size=10)
    with pytest.raises(VendorAnswerInvalid, match="Ticket 2: board"):
        await connectwise.tickets().all()
    changes = connectwise.tickets_changed_since(datetime(2026, 1, 15, 14, tzinfo=UTC), timedelta(minutes=5))
    assert [one.id for one in await changes.all()] == [1, 3]
    assert [invalid.record for invalid in changes.refused] == ["Ticket 2"]


async def test_reconciliation_asks_from_before_the_overlap_and_tells_the_vendors_time() -> None:
    date = {"date": "Thu, 15 Jan 2026 14:30:00 GMT"}
    psa = Psa({"GET /service/tickets": httpx.Response(200, json=[], headers=date)})
    since = datetime(2026, 1, 15, 14, 0, tzinfo=UTC)
    changes = psa.client().tickets_changed_since(since, timedelta(minutes=5), boards=[1, 2])
    assert await changes.all() == []
    asked = parse_qs(psa.asked[0].url.query.decode())["conditions"]
    assert asked == ["(lastUpdated>[2026-01-15T13:54:59Z]) and (board/id in (1,2))"]
    assert changes.as_of == datetime(2026, 1, 15, 14, 30, tzinfo=UTC)


async def test_conditions_travel_whole_whatever_characters_they_hold() -> None:
    psa = Psa({"GET /service/tickets": rows()})
    text = 'a+b & c=d#e%20"f"\\ ü'
    await psa.client().tickets(Field("summary").equals(text)).all()
    (condition,) = parse_qs(psa.asked[0].url.query.decode())["conditions"]
    assert condition == 'summary="a+b & c=d#e%20\\"f\\"\\\\ ü"'


async def test_a_question_too_long_for_an_address_is_posted_and_still_tried_again() -> None:
    psa = Psa({"POST /service/tickets/search": [httpx.Response(500), rows(ticket(5))]})
    found = await psa.client().tickets(Field("id").one_of(range(1000))).all()
    assert [one.id for one in found] == [5]
    assert psa.bodies("POST")[0]["conditions"].startswith("id in (0,1,2")
    with pytest.raises(ValueError, match="split"):
        psa.client().companies(Field("id").one_of(range(1000)))


NEW = NewTicket(summary="VPN down", board=Ref(id=1), company=Ref(id=250), external_x_ref="bb-9c1e7d")


async def test_a_create_that_timed_out_is_found_by_our_reference_and_not_made_twice() -> None:
    made: list[dict[str, Any]] = []

    def create(request: httpx.Request) -> httpx.Response:
        made.append(ticket(77, externalXRef=json.loads(request.content)["externalXRef"]))
        raise httpx.ReadTimeout("the vendor acted, the answer was lost")

    psa = Psa({"POST /service/tickets": create, "GET /service/tickets": lambda _: httpx.Response(200, json=made)})
    connectwise = psa.client()
    with pytest.raises(OutcomeUnknown):
        await connectwise.create_ticket(NEW)
    again = await connectwise.create_ticket(NEW, previous_unknown=True)
    assert (again.ticket.id, again.found, again.doubles) == (77, True, ())
    assert len(made) == 1


async def test_a_create_that_never_happened_is_made_by_the_repeat() -> None:
    psa = Psa({"POST /service/tickets": httpx.Response(201, json=ticket(78)), "GET /service/tickets": rows()})
    again = await psa.client().create_ticket(NEW, previous_unknown=True)
    assert (again.ticket.id, again.found) == (78, False)


async def test_of_two_tickets_with_our_reference_the_lowest_is_the_ticket_and_the_other_is_named() -> None:
    found = [ticket(90, externalXRef="bb-9c1e7d"), ticket(80, externalXRef="bb-9c1e7d"), ticket(70, externalXRef="BB")]
    psa = Psa({"GET /service/tickets": rows(*found)})
    again = await psa.client(page_size=10).create_ticket(NEW, previous_unknown=True)
    assert (again.ticket.id, again.doubles) == (80, (90,))


async def test_a_create_whose_answer_cannot_be_read_is_an_unknown_outcome() -> None:
    psa = Psa({"POST /service/tickets": httpx.Response(201, content=b"<html>")})
    with pytest.raises(OutcomeUnknown, match="accepted"):
        await psa.client().create_ticket(NEW)


NOTE = NewNote(text="Tunnel is up.", internal_analysis_flag=True)


async def test_a_note_is_written_once_with_its_marker() -> None:
    psa = Psa({"POST /service/tickets/5/notes": lambda r: httpx.Response(201, json={"id": 1, **json.loads(r.content)})})
    written = await psa.client().add_note(5, NOTE, KEY)
    assert not written.found
    assert written.record.text == marked("Tunnel is up.", KEY)
    assert [request.method for request in psa.asked] == ["POST"]


async def test_a_note_of_unknown_outcome_is_looked_for_before_it_is_written_again() -> None:
    there = [{"id": 1, "text": "other"}, {"id": 2, "text": marked("Tunnel is up.", KEY).replace("\n", "\r\n")}]
    psa = Psa({"GET /service/tickets/5/notes": httpx.Response(200, json=there)})
    written = await psa.client().add_note(5, NOTE, KEY, previous_unknown=True)
    assert (written.found, written.record.id) == (True, 2)
    missing = Psa(
        {
            "GET /service/tickets/5/notes": httpx.Response(200, json=there[:1]),
            "POST /service/tickets/5/notes": httpx.Response(201, json={"id": 3}),
        }
    )
    assert (await missing.client().add_note(5, NOTE, KEY, previous_unknown=True)).record.id == 3


ENTRY = NewTimeEntry(
    charge_to_id=5,
    charge_to_type="ServiceTicket",
    member=Ref(identifier="jdoe"),
    time_start=datetime(2026, 1, 15, 14, 10, tzinfo=UTC),
    time_end=datetime(2026, 1, 15, 14, 40, tzinfo=UTC),
    billable_option="Billable",
    notes="Tunnel restored",
)
LOGGED = {"id": 8, "timeStart": "2026-01-15T14:10:00Z", "_info": {"lastUpdated": "2026-01-15T14:41:00Z"}}


async def test_time_carries_its_marker_where_no_client_sees_it_and_is_looked_for_before_a_repeat() -> None:
    psa = Psa({"POST /time/entries": httpx.Response(201, json=LOGGED)})
    assert not (await psa.client().add_time(ENTRY, KEY)).found
    (sent,) = psa.bodies("POST")
    assert (sent["notes"], sent["internalNotes"]) == ("Tunnel restored", f"[desk-ref {KEY}]")
    there = Psa({"GET /time/entries": rows({**LOGGED, "internalNotes": sent["internalNotes"]})})
    assert (await there.client().add_time(ENTRY, KEY, previous_unknown=True)).found
    (condition,) = parse_qs(there.asked[0].url.query.decode())["conditions"]
    assert condition == '(chargeToId=5) and (chargeToType in ("ServiceTicket","ProjectTicket"))'


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


async def test_a_configuration_is_attached_once() -> None:
    path = "/service/tickets/5/configurations"
    psa = Psa({f"GET {path}": rows({"id": 3}), f"POST {path}": httpx.Response(201, json={"id": 4})})
    connectwise = psa.client()
    await connectwise.attach_configuration(5, 3)
    await connectwise.attach_configuration(5, 4)
    assert psa.bodies("POST") == [{"id": 4}]


async def test_merging_and_bundling_name_the_tickets() -> None:
    psa = Psa({"POST /service/tickets/5/merge": {}, "POST /service/tickets/5/attachChildren": {}})
    connectwise = psa.client()
    await connectwise.merge_tickets(5, [6, 7], status_id=20)
    await connectwise.attach_children(5, [8])
    assert psa.bodies("POST") == [{"mergeTicketIds": [6, 7], "status": {"id": 20}}, {"childTicketIds": [8]}]


async def test_the_rest_of_the_directory_is_read_by_its_paths() -> None:
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


async def test_a_vendor_that_is_down_is_unavailable_also_when_the_codebase_is_not_known_yet() -> None:
    def down(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("down")

    limits = Limits(read_delays=())
    connectwise = ConnectWise(replace(SETTINGS, limits=limits), httpx.MockTransport(down), FakeClock())
    with pytest.raises(VendorUnavailable, match="companyinfo"):
        await connectwise.create_ticket(NEW)
