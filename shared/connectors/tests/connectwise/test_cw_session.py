"""Calls to ConnectWise: headers and addresses, changes of the codebase, and the content of refusals."""

import base64
from dataclasses import replace

import httpx
import pytest

from desk_connectors.connectwise import ConnectWise, Patch
from desk_connectors.connectwise.testing import NEW, SETTINGS, Psa, rows, ticket
from desk_connectors.http import (
    Limits,
    OutcomeUnknown,
    RecordGone,
    VendorAnswerInvalid,
    VendorRefused,
    VendorUnavailable,
)
from desk_connectors.testing import FakeClock


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


async def test_a_missing_ticket_is_gone_only_when_no_list_has_it() -> None:
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
async def test_a_refusal_of_another_shape_is_still_a_refusal(content: bytes) -> None:
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


async def test_a_vendor_that_is_down_is_unavailable_also_before_the_codebase_was_looked_up() -> None:
    def down(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("down")

    limits = Limits(read_delays=())
    connectwise = ConnectWise(replace(SETTINGS, limits=limits), httpx.MockTransport(down), FakeClock())
    with pytest.raises(VendorUnavailable, match="companyinfo"):
        await connectwise.create_ticket(NEW)


ROUTER = httpx.Response(400, content=b"Cannot route. Codebase/company is invalid")
LOGIN = httpx.Response(302, headers={"location": "https://na.myconnectwise.net/login"})


@pytest.mark.parametrize("refused", [ROUTER, LOGIN, httpx.Response(403, content=b"<html>")])
async def test_a_refusal_that_is_no_answer_of_the_api_makes_the_codebase_be_looked_up(refused: httpx.Response) -> None:
    psa = Psa({"GET /service/tickets/5": ticket(5)}, codebases=("v2025_1/", "v2025_2/"))
    connectwise = psa.client()
    await connectwise.ticket(5)
    psa.routes = {
        "GET /service/tickets/5": refused,
        "POST /service/tickets": refused,
        "GET /v2025_2/apis/3.0/service/tickets/5": ticket(5),
        "POST /v2025_2/apis/3.0/service/tickets": ticket(9),
    }
    psa.clock.advance(3600)
    assert (await connectwise.ticket(5)).id == 5
    assert (await connectwise.create_ticket(NEW)).ticket.id == 9
    assert psa.lookups == 2


async def test_a_refusal_of_the_api_itself_makes_no_look_up() -> None:
    refused = httpx.Response(409, json={"code": "Conflict", "message": "record possibly in use"})
    psa = Psa({"PATCH /service/tickets/5": refused})
    with pytest.raises(VendorRefused) as error:
        await psa.client().patch_ticket(5, Patch().replace("summary", "x"))
    assert (psa.lookups, error.value.final) == (1, False)


@pytest.mark.parametrize(
    ("status", "body", "final"),
    [
        (400, {"code": "InvalidObject", "errors": [{"code": "InvalidField", "field": "status/id"}]}, True),
        (422, {"code": "InvalidObject", "errors": [{"code": "InvalidField", "field": "status/id"}]}, True),
        (400, {"code": "Security", "message": "SSL is required.", "errors": None}, False),
        (400, {"code": "InvalidObject", "errors": []}, False),
        (403, {"code": "Security", "errors": [{"code": "Security"}]}, False),
        (409, {"code": "Conflict", "errors": [{"code": "Conflict"}]}, False),
    ],
)
async def test_only_a_no_that_names_what_is_wrong_in_the_call_is_final(status: int, body: object, final: bool) -> None:
    psa = Psa({"PATCH /service/tickets/5": httpx.Response(status, json=body)})
    with pytest.raises(VendorRefused) as refused:
        await psa.client().patch_ticket(5, Patch().replace("summary", "x"))
    assert refused.value.final is final


async def test_a_refusal_that_is_no_json_says_so() -> None:
    psa = Psa({"GET /service/tickets/5": ROUTER})
    with pytest.raises(VendorRefused, match="refused with 400 not JSON") as refused:
        await psa.client().ticket(5)
    assert not refused.value.final


async def test_a_page_in_place_of_the_answer_to_a_write_leaves_its_outcome_unknown() -> None:
    page = httpx.Response(200, content=b"<html>log in</html>")
    psa = Psa({"DELETE /system/callbacks/7": page, "POST /service/tickets": page})
    with pytest.raises(OutcomeUnknown, match="not JSON"):
        await psa.client().delete_callback(7)
    with pytest.raises(OutcomeUnknown):
        await psa.client().create_ticket(NEW)
