"""A note whose answer was lost is found by its marker only in our own notes: others copy and quote that line."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from desk_connectors.connectwise.marker import marked
from desk_deploy.testing.psa_bench import Bench, bench

from ...psa_calls import TEXT, calls, ours, record, reply
from ...psa_conversation import note

pytestmark = pytest.mark.postgres
Write = Callable[[Bench, int, str], None]


@pytest.fixture
async def desk(database: str) -> AsyncIterator[Bench]:
    async with bench(database) as found:
        yield found


def by_a_contact(desk: Bench, number: int, text: str) -> None:
    desk.jdoe.add_note(number, text, contact=611)


def from_an_unknown_address(desk: Bench, number: int, text: str) -> None:
    kept = note(desk, number, text, detailDescriptionFlag=True, customerUpdatedFlag=True)
    _put(desk, {name: value for name, value in kept.items() if name not in ("member", "createdBy", "_info")})


def by_a_technician(desk: Bench, number: int, text: str) -> None:
    desk.jdoe.add_note(number, text)


def by_a_contact_through_the_api_member(desk: Bench, number: int, text: str) -> None:
    """A portal of the MSP may use our member; the note then also names the contact."""
    kept = note(desk, number, text, by="DeskAPI", detailDescriptionFlag=True)
    _put(desk, {**kept, "contact": {"id": 611, "name": "Pat"}})


def _put(desk: Bench, row: dict[str, Any]) -> None:
    desk.psa.state.table("note").put(row)


async def in_doubt(desk: Bench) -> tuple[int, str]:
    """A reply that may have been sent: (record, text with its marker line)."""
    number = desk.open_ticket()
    await desk.settle()
    await record(desk.intake, ours(number), reply())
    (call,) = desk.intake.service.effects.listed("open")
    store = desk.intake.service.log.store
    store.execute(lambda cursor: cursor.execute("UPDATE effects SET state = 'unknown', tries = 1"))
    return number, marked(TEXT, str(call.planned.id))


def sent(desk: Bench, number: int) -> int:
    """The number of times we wrote a note, by the PSA's ledger."""
    return len(desk.psa.ledger.writes(member="DeskAPI", path=f"service/tickets/{number}/notes"))


@pytest.mark.parametrize(
    "write", [by_a_contact, from_an_unknown_address, by_a_technician, by_a_contact_through_the_api_member]
)
async def test_the_marker_in_a_text_of_others_does_not_answer_for_our_note(desk: Bench, write: Write) -> None:
    number, text = await in_doubt(desk)
    write(desk, number, text)
    await desk.until_called()
    assert (sent(desk, number), calls(desk.intake)) == (1, {("psa-note", "done"): 1})


async def test_our_own_note_with_the_marker_is_not_written_again(desk: Bench) -> None:
    number, text = await in_doubt(desk)
    by_a_contact(desk, number, text)
    mine = note(desk, number, text, by="DeskAPI", detailDescriptionFlag=True)
    await desk.until_called()
    (synced,) = await desk.facts(number, "psa-synced")
    assert (sent(desk, number), synced.data.created) == (0, {"m1": str(mine["id"])})


async def test_our_own_note_is_found_beside_one_that_cannot_be_read(desk: Bench) -> None:
    number, text = await in_doubt(desk)
    _put(desk, {**note(desk, number, "x", detailDescriptionFlag=True), "text": 5})
    note(desk, number, text, by="DeskAPI", detailDescriptionFlag=True)
    await desk.until_called()
    assert (sent(desk, number), calls(desk.intake)) == (0, {("psa-note", "done"): 1})


async def test_a_note_that_cannot_be_read_may_be_ours_so_that_nothing_is_written(desk: Bench) -> None:
    number, _text = await in_doubt(desk)
    _put(desk, {**note(desk, number, "x", detailDescriptionFlag=True), "text": 5})
    await desk.settle()
    (call,) = desk.intake.service.effects.listed("open")
    assert (sent(desk, number), call.planned.state) == (0, "unknown")
    assert "cannot be read" in call.detail
