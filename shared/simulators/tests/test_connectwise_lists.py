"""Paging, order and fields of lists."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from desk_simulators.connectwise import ConnectWiseSimulator


def open_tickets(psa: ConnectWiseSimulator, count: int) -> list[int]:
    technician = psa.technician("jdoe")
    return [technician.open_ticket(f"Ticket {number:03}", "ACME")["id"] for number in range(count)]


def links(answer: httpx.Response) -> dict[str, dict[str, list[str]]]:
    """Relation -> query of the link."""
    return {str(link["rel"]): parse_qs(urlsplit(str(link["url"])).query) for link in answer.links.values()}


async def test_a_page_has_25_records_unless_asked_and_links_to_the_others(
    psa: ConnectWiseSimulator, api: httpx.AsyncClient
) -> None:
    ids = open_tickets(psa, 60)
    first = await api.get("service/tickets")
    assert [ticket["id"] for ticket in first.json()] == ids[:25]
    assert {rel: query["page"] for rel, query in links(first).items()} == {"next": ["2"], "last": ["3"]}
    second = await api.get("service/tickets", params={"page": 2, "pageSize": 25})
    assert {rel: query["page"][0] for rel, query in links(second).items()} == {
        "first": "1",
        "prev": "1",
        "next": "3",
        "last": "3",
    }
    last = await api.get("service/tickets", params={"page": 3})
    assert [ticket["id"] for ticket in last.json()] == ids[50:]
    assert "next" not in links(last)


async def test_a_page_never_holds_more_than_a_thousand(psa: ConnectWiseSimulator, api: httpx.AsyncClient) -> None:
    open_tickets(psa, 1003)
    assert len((await api.get("service/tickets", params={"pageSize": 5000})).json()) == 1000
    assert (await api.get("service/tickets/count")).json() == {"count": 1003}


async def test_forward_only_paging_follows_links_through_every_record_once(
    psa: ConnectWiseSimulator, api: httpx.AsyncClient
) -> None:
    ids = open_tickets(psa, 45)
    seen: list[int] = []
    url: str | None = "service/tickets?pageSize=10"
    while url is not None:
        answer = await api.get(url, headers={"pagination-type": "forward-only"})
        seen += [ticket["id"] for ticket in answer.json()]
        url = next((str(link["url"]) for link in answer.links.values()), None)
    assert seen == ids


async def test_forward_only_paging_meets_records_that_come_in_the_meantime_and_none_twice(
    psa: ConnectWiseSimulator, api: httpx.AsyncClient
) -> None:
    ids = open_tickets(psa, 12)
    query: dict[str, Any] = {"pageId": 0, "pageSize": 10, "conditions": "closedFlag=False"}
    first = await api.get("service/tickets", params=query)
    psa.technician("jdoe").delete(ids[3])
    later = open_tickets(psa, 1)
    second = await api.get("service/tickets", params={**query, **links(first)["next"]})
    assert [ticket["id"] for ticket in second.json()] == [*ids[10:], *later]


async def test_forward_only_paging_refuses_an_order(api: httpx.AsyncClient) -> None:
    headers = {"pagination-type": "forward-only"}
    answer = await api.get("service/tickets", params={"orderBy": "id desc"}, headers=headers)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "orderBy")


async def test_lists_are_ordered_by_the_asked_fields(psa: ConnectWiseSimulator, api: httpx.AsyncClient) -> None:
    technician = psa.technician("jdoe")
    for summary, priority in (("b", 9), ("a", 6), ("C", 9)):
        technician.open_ticket(summary, "ACME", priority=priority)
    answer = await api.get("service/tickets", params={"orderBy": "priority/sort desc, summary asc"})
    assert [ticket["summary"] for ticket in answer.json()] == ["b", "C", "a"]


async def test_changed_tickets_are_read_oldest_change_first(
    psa: ConnectWiseSimulator, api: httpx.AsyncClient, clock: Any
) -> None:
    ids = open_tickets(psa, 3)
    clock.advance(minutes=5)
    psa.technician("jdoe").change_impact(ids[1], "High")
    query = {"conditions": "lastUpdated>[2026-01-15T14:01:00Z]", "orderBy": "lastUpdated asc"}
    assert [ticket["id"] for ticket in (await api.get("service/tickets", params=query)).json()] == [ids[1]]
    everything = await api.get("service/tickets", params={"orderBy": "lastUpdated asc"})
    assert [ticket["id"] for ticket in everything.json()] == [ids[0], ids[2], ids[1]]


async def test_only_the_asked_fields_are_answered(psa: ConnectWiseSimulator, api: httpx.AsyncClient) -> None:
    (number,) = open_tickets(psa, 1)
    query = {"fields": "id,company/identifier,owner/id"}
    expected = {"id": number, "company": {"identifier": "ACME"}, "owner": {}}
    assert (await api.get("service/tickets", params=query)).json() == [expected]


async def test_conditions_on_list_items_and_custom_fields_select_records(
    psa: ConnectWiseSimulator, api: httpx.AsyncClient
) -> None:
    child = {"childConditions": 'communicationItems/value="pat.doe@acme.example"'}
    assert [contact["id"] for contact in (await api.get("company/contacts", params=child)).json()] == [611]
    await api.post(
        "service/tickets",
        json={"summary": "x", "company": {"id": 250}, "customFields": [{"id": 4, "value": "HQ"}]},
    )
    custom = {"customFieldConditions": 'caption="Site code" and value="HQ"'}
    assert len((await api.get("service/tickets", params=custom)).json()) == 1
    custom["customFieldConditions"] = 'caption="Site code" and value="Branch"'
    assert (await api.get("service/tickets", params=custom)).json() == []


async def test_a_search_takes_its_conditions_from_the_body(psa: ConnectWiseSimulator, api: httpx.AsyncClient) -> None:
    ids = open_tickets(psa, 30)
    wanted = " or ".join(f"id={number}" for number in ids[::2])
    answer = await api.post("service/tickets/search?pageSize=4", json={"conditions": wanted})
    assert [ticket["id"] for ticket in answer.json()] == ids[:8:2]
    assert psa.ledger.writes() == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"conditions": "summary='x'"}, "conditions"),
        ({"conditions": "Summary=1"}, "conditions"),
        ({"orderBy": "nothing asc"}, "orderBy"),
        ({"orderBy": "id sideways"}, "orderBy"),
        ({"page": "0"}, "page"),
        ({"pageSize": "many"}, "pageSize"),
        ({"pageId": "-1"}, "pageId"),
    ],
)
async def test_a_query_that_cannot_be_followed_is_refused_and_names_the_field(
    api: httpx.AsyncClient, query: dict[str, str], field: str
) -> None:
    answer = await api.get("service/tickets", params=query)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == field
