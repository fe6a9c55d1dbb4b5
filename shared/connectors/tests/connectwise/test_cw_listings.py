"""Lists of ConnectWise are read to their end, at our own address, whatever changes meanwhile."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import httpx
import pytest

from desk_connectors.connectwise import Field
from desk_connectors.connectwise.calls.presence import Kind
from desk_connectors.connectwise.testing import Psa, rows, ticket
from desk_connectors.http import VendorAnswerInvalid

Answering = Callable[[httpx.Request], httpx.Response]


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


@pytest.mark.parametrize("number", [2**63, 10**30, -1, 0, True, "7", 1.5, [], {}])
async def test_a_record_whose_id_is_none_is_refused_alone(number: object) -> None:
    """No cursor can hold such an id; the next page begins behind the last record that has a valid one."""

    def answer(request: httpx.Request) -> httpx.Response:
        asked = parse_qs(request.url.query.decode())
        after = int(asked.get("pageId", ["0"])[0])
        if after:
            return httpx.Response(200, json=[ticket(after + 1)])
        page = [ticket(n) for n in range(1, int(asked["pageSize"][0]))]
        return httpx.Response(200, json=[*page, {**ticket(1), "id": number}])

    psa = Psa({"GET /service/tickets": answer})
    listing = psa.client().tickets(tolerant=True)
    found = [one.id async for one in listing]
    assert found == list(range(1, len(found) + 1))
    assert [(one.number, one.field) for one in listing.refused] == [(None, "id")]
    assert len(psa.asked) == 2


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


async def test_reconciliation_reads_from_before_the_overlap_and_returns_the_vendors_time() -> None:
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


async def test_a_directory_list_answers_every_record_that_can_be_read_and_numbers_the_others() -> None:
    found = [{"id": 1, "name": "A", "type": {"id": 1, "name": "Managed"}}, {"id": 2, "company": {"id": 250}}]
    whole = {"id": 3, "type": {"id": 1, "name": "Managed"}, "company": {"id": 250}}
    psa = Psa({"GET /finance/agreements": httpx.Response(200, json=[*found, whole])})
    agreements = psa.client(page_size=10).agreements()
    assert [one.id for one in await agreements.all()] == [3]
    assert [(invalid.number, invalid.field) for invalid in agreements.refused] == [(1, "company"), (2, "type")]


async def test_an_unused_field_never_costs_the_record() -> None:
    company = {"id": 250, "name": "Acme", "site": {"name": "Main"}, "calendar": "Standard", "market": 7}
    psa = Psa({"GET /company/companies": httpx.Response(200, json=[company])})
    (read,) = await psa.client(page_size=10).companies().all()
    assert (read.id, read.name, read.site, read.calendar, read.market) == (250, "Acme", None, None, None)


@pytest.mark.parametrize(
    ("second", "listed", "gone"),
    [
        (httpx.Response(404), [], True),
        (httpx.Response(404), [{"id": 611}], False),
        (httpx.Response(200, json={"id": 611}), [], False),
    ],
)
@pytest.mark.parametrize(
    ("kind", "path"),
    [("contact", "/company/contacts"), ("configuration", "/company/configurations"), ("time", "/time/entries")],
)
async def test_a_record_of_any_kind_is_gone_only_by_a_second_read_and_the_list(
    kind: Kind, path: str, second: httpx.Response, listed: list[dict[str, int]], gone: bool
) -> None:
    psa = Psa({f"GET {path}/611": second, f"GET {path}": httpx.Response(200, json=listed)})
    assert await psa.client().is_gone(kind, 611) is gone


async def test_one_refused_subscription_leaves_the_others_subscribed() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        asked = json.loads(request.content)
        if asked["type"] == "time":
            return httpx.Response(403, json={"code": "Security", "message": "no"})
        return httpx.Response(201, json={"id": 4, **asked})

    psa = Psa({"GET /system/callbacks": rows(), "POST /system/callbacks": answer})
    ensured = await psa.client().subscribe_each("https://desk.example/?recordId=", ["time", "ticket"])
    assert [entry.type for entry in ensured.entries] == ["ticket"]
    assert [(kind, refused.status) for kind, refused in ensured.refused] == [("time", 403)]


async def test_subscriptions_that_are_there_cost_one_list() -> None:
    url = "https://desk.example/?recordId="
    entries = [
        {"id": n, "url": url, "objectId": 1, "type": kind, "level": "owner"}
        for n, kind in enumerate(("time", "ticket"))
    ]
    psa = Psa({"GET /system/callbacks": httpx.Response(200, json=[*entries, {"id": 9, "url": None}])})
    ensured = await psa.client(page_size=10).subscribe_each(url, ["time", "ticket"])
    assert [entry.id for entry in ensured.entries] == [0, 1]
    assert len(psa.asked) == 1
