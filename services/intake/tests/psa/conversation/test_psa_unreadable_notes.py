"""Unreadable notes are counted, listed and tried again; one unreadable optional field loses no text."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import Any

import pytest

from desk_deploy.testing.psa_bench import Bench, bench
from desk_intake.psa.reconcile.feed_names import feeds_of

from ...psa_cases import query
from ...psa_conversation import conversation, entry, names, note

pytestmark = pytest.mark.postgres
Reading = Callable[[Bench, int], Awaitable[None]]


@pytest.fixture
async def desk(database: str) -> AsyncIterator[Bench]:
    async with bench(database) as found:
        yield found


def broken(desk: Bench, number: int, **fields: Any) -> dict[str, Any]:
    """A public note of a client with fields of a wrong type."""
    kept = note(desk, number, "Yes, go ahead", detailDescriptionFlag=True, contact={"id": 611})
    _put(desk, {**{name: value for name, value in kept.items() if name != "member"}, **fields})
    return kept


def _put(desk: Bench, row: dict[str, Any]) -> None:
    desk.psa.state.table("note").put(row)


def named(desk: Bench) -> list[tuple[Any, ...]]:
    return query(desk, "SELECT kind, record, detail FROM psa_revisits WHERE reason = 'failed' ORDER BY record")


async def of_the_feeds(desk: Bench) -> tuple[int, list[Any]]:
    """(count, names) of records that cannot be read, as `desk status` has them."""
    found = await desk.psa_instance.access.query(partial(feeds_of, config=desk.psa_instance.access.config))
    return found.unreadable, [(row.kind, row.record) for row in found.records]


async def by_callbacks(desk: Bench, number: int) -> None:
    await desk.settle()


async def by_the_ticket(desk: Bench, number: int) -> None:
    await desk.psa_instance.tickets.read(str(number), "poll")


async def by_the_notes_round(desk: Bench, number: int) -> None:
    await desk.poller.round(sweep=False, skip_paused=True)


async def by_a_time_entry(desk: Bench, number: int) -> None:
    desk.clock.advance(600)
    kept = entry(desk, number, "Restarted it", addToDetailDescriptionFlag=True)
    await desk.psa_instance.times.read(int(kept["id"]), "poll")


@pytest.mark.parametrize("read", [by_callbacks, by_the_ticket, by_the_notes_round, by_a_time_entry])
async def test_a_note_that_cannot_be_read_is_counted_and_named_whoever_reads_it(desk: Bench, read: Reading) -> None:
    number = desk.open_ticket()
    await desk.settle()
    bad = broken(desk, number, text=5)
    await read(desk, number)
    record = f"{number}/{bad['id']}"
    ((kind, name, detail),) = named(desk)
    assert (kind, name) == ("note", record)
    assert f"Note {bad['id']}" in detail and "text" in detail
    assert await of_the_feeds(desk) == (1, [("note", record)])


async def test_a_round_counts_a_note_that_cannot_be_read_once(desk: Bench) -> None:
    number = desk.open_ticket()
    await desk.settle()
    broken(desk, number, text=5)
    assert (await desk.poller.round(sweep=True)).failed == 1
    await desk.settle()
    assert (await desk.poller.round(sweep=False)).failed == 1


@pytest.mark.parametrize("skip", [[], ["notes"]])
async def test_a_note_that_was_set_right_is_read_by_itself_and_named_no_more(database: str, skip: list[str]) -> None:
    async with bench(database, hooks=False, config={"callback_url": None, "skip": skip}) as desk:
        number = desk.open_ticket()
        await desk.poller.round(sweep=False)
        desk.clock.advance(120)
        bad, other = broken(desk, number, text=5), broken(desk, number, text=6)
        await desk.psa_instance.tickets.read(str(number), "poll")
        assert [record for _, record, _ in named(desk)] == [f"{number}/{bad['id']}", f"{number}/{other['id']}"]
        _put(desk, {**bad, "member": None, "contact": {"id": 611}})
        query(desk, "UPDATE psa_revisits SET next = now() RETURNING 1")
        await desk.poller.round(sweep=False, skip_paused=True)
        assert [record for _, record, _ in named(desk)] == [f"{number}/{other['id']}"]
        assert await conversation(desk, number) == [("client-replied", "Yes, go ahead")]
        _put(desk, {**other, "member": None, "contact": {"id": 611}})
        result = await desk.poller.round(sweep=False)
        assert (named(desk), result.failed) == ([], 0)


async def test_a_note_of_a_ticket_that_is_gone_is_named_no_more(database: str) -> None:
    async with bench(database, hooks=False, config={"callback_url": None}) as desk:
        number = desk.open_ticket()
        await desk.poller.round(sweep=False)
        broken(desk, number, text=5)
        await desk.psa_instance.tickets.read(str(number), "poll")
        desk.jdoe.delete(number)
        await desk.poller.round(sweep=True)
        await desk.poller.round(sweep=True)
        assert (await desk.ticket(number)).intake.gone is not None
        assert named(desk) == []


async def test_a_note_without_a_readable_id_is_named_by_its_ticket(desk: Bench) -> None:
    number = desk.open_ticket()
    await desk.settle()
    kept = broken(desk, number)
    desk.psa.faults.scripts.alter(f"service/tickets/{number}/notes", int(kept["id"]), {"id": "x"})
    await desk.psa_instance.tickets.read(str(number), "poll")
    assert [record for _, record, _ in named(desk)] == [f"{number}/?"]


@pytest.mark.parametrize("fields", [{"dateCreated": "garbage"}, {"createdBy": 5}, {"dateCreated": 1, "createdBy": []}])
async def test_an_answer_is_not_lost_for_a_field_that_the_record_has_elsewhere(
    desk: Bench, fields: dict[str, Any]
) -> None:
    number = desk.open_ticket()
    await desk.settle()
    desk.clock.advance(120)
    broken(desk, number, **fields)
    at = desk.clock()
    await desk.settle()
    assert await conversation(desk, number) == [("client-replied", "Yes, go ahead")]
    assert [e.time for e in await desk.facts(number, "client-replied")] == [at]
    assert named(desk) == []


@pytest.mark.parametrize("fields", [{"dateEntered": "garbage"}, {"enteredBy": 5}])
async def test_the_text_of_a_time_entry_is_not_lost_for_one_either(desk: Bench, fields: dict[str, Any]) -> None:
    number = desk.open_ticket()
    await desk.settle()
    desk.clock.advance(600)
    kept = entry(desk, number, "Restarted it", addToDetailDescriptionFlag=True)
    rows = desk.psa.state.table("time")
    rows.put({**kept, **fields})
    await desk.settle()
    assert await names(desk, number) == ["reply-sent"]
    assert named(desk) == []
