"""Lists and conditions of the ConnectWise connector against the simulated PSA."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from desk_connectors.connectwise import Field

if TYPE_CHECKING:
    from tests.contracts.conftest import Both, Pairs


HELP_DESK, NEW, IN_PROGRESS, COMPLETED = 1, 15, 16, 23


@pytest.mark.parametrize("count", [0, 1, 3, 4, 5, 8, 13])
async def test_a_forward_only_list_has_every_ticket_once_in_order_of_id(both: Both, count: int) -> None:
    ids = [both.opened() for _ in range(count)]
    assert [ticket.id for ticket in await both.client.tickets().all()] == ids


async def test_tickets_that_change_while_they_are_listed_are_not_missed(both: Both) -> None:
    ids = [both.opened() for _ in range(13)]
    seen: list[int] = []
    async for ticket in both.client.tickets_changed_since(both.clock.now(), timedelta(minutes=5)):
        seen.append(ticket.id)
        both.clock.advance(1)
        both.jdoe.set_status(ids[len(seen) % 13], IN_PROGRESS)
    assert seen == ids


async def test_paged_lists_have_every_record_once(pair: Pairs) -> None:
    both = pair(page_size=2)
    statuses = await both.client.board_statuses(HELP_DESK).all()
    assert len({status.id for status in statuses}) == len(statuses) == 12
    by_id = {status.id: status for status in statuses}
    assert (by_id[NEW].default_flag, by_id[24].closed_status, by_id[COMPLETED].closed_status) == (True, True, False)
    assert [priority.level for priority in await both.client.priorities().all()] == [
        "Critical",
        "High",
        "Medium",
        "Low",
    ]
    assert [board.name for board in await both.client.boards().all()] == ["Help Desk", "Network"]


HOSTILE = [
    'say "hello"',
    'x" or id>0 or summary="',
    '" or "" = "',
    "back\\slash",
    "ends with \\",
    '\\" or id>0 or summary="',
    "100% [a] _ & + # ? = ü 漢",
    "(a) and (b)",
]


@pytest.mark.parametrize("text", HOSTILE)
async def test_a_condition_finds_exactly_the_text_whatever_it_holds(both: Both, text: str) -> None:
    for other in ("plain", *HOSTILE):
        both.opened(other)
    found = await both.client.tickets(Field("summary").equals(text)).all()
    assert [ticket.summary for ticket in found] == [text]


async def test_conditions_combine(both: Both) -> None:
    first, second, third = (both.opened(f"VPN {number}") for number in range(3))
    both.jdoe.set_status(second, IN_PROGRESS)
    both.jdoe.close(third)
    of_board = Field("board/id").equals(HELP_DESK) & Field("company/id").one_of([250, 251])
    open_ones = of_board & Field("closedFlag").equals(False) & Field("summary").contains("vpn")
    assert [ticket.id for ticket in await both.client.tickets(open_ones).all()] == [first, second]
    not_new = open_ones & ~Field("status/id").equals(NEW)
    assert [ticket.id for ticket in await both.client.tickets(not_new).all()] == [second]
    either = Field("id").equals(first) | Field("id").above(second)
    assert [ticket.id for ticket in await both.client.tickets(either).all()] == [first, third]


async def test_a_question_too_long_for_an_address_gets_the_same_answer(both: Both) -> None:
    ids = [both.opened() for _ in range(9)]
    long = Field("id").one_of([*ids, *range(100_000, 100_300)])
    assert [ticket.id for ticket in await both.client.tickets(long).all()] == ids
    assert any(call.path == "service/tickets/search" for call in both.psa.ledger.calls)


async def test_reconciliation_sees_what_changed_and_nothing_older_than_its_overlap(both: Both) -> None:
    old, changed = both.opened(), both.opened()
    both.clock.advance(3600)
    since = both.clock.now()
    both.jdoe.set_status(changed, IN_PROGRESS)
    fresh = both.opened()
    changes = both.client.tickets_changed_since(since, timedelta(minutes=5))
    assert [ticket.id for ticket in await changes.all()] == [changed, fresh]
    assert changes.refused == []
    assert changes.as_of is not None
    everything = both.client.tickets_changed_since(since, timedelta(hours=2))
    assert [ticket.id for ticket in await everything.all()] == [old, changed, fresh]


async def test_a_change_in_the_very_second_is_seen(both: Both) -> None:
    ticket = both.opened()
    changes = both.client.tickets_changed_since(both.clock.now().replace(microsecond=0), timedelta(0))
    assert [one.id for one in await changes.all()] == [ticket]
