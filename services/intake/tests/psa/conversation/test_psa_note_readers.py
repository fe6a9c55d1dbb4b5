"""Notes of the PSA: visibility, replies, and that every note is found."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from desk_deploy.testing.psa_bench import Bench, bench
from desk_sla.main import SLA
from desk_triage.main import TRIAGE

from ...psa_conversation import SAID, change, met, names, note, waiting

pytestmark = pytest.mark.postgres


@pytest.fixture
async def desk(database: str) -> AsyncIterator[Bench]:
    async with bench(database, TRIAGE, SLA) as found:
        yield found


@pytest.mark.parametrize(
    ("flags", "fact", "internal"),
    [
        ({"resolutionFlag": True}, "reply-sent", None),
        ({"resolutionFlag": True, "internalAnalysisFlag": True}, "reply-sent", None),
        ({"detailDescriptionFlag": True, "internalAnalysisFlag": True}, "reply-sent", None),
        ({"internalAnalysisFlag": True}, "note-added", True),
    ],
)
async def test_flags_say_who_reads_a_note(
    desk: Bench, flags: dict[str, bool], fact: str, internal: bool | None
) -> None:
    number = await waiting(desk)
    note(desk, number, "Replaced the cable.", "jdoe", **flags)
    await desk.settle()
    (found,) = [e.data for e in await desk.facts(number) if e.data.name in SAID]
    assert (found.name, getattr(found, "internal", None)) == (fact, internal)


async def test_a_resolution_that_the_vendor_calls_internal_is_internal(desk: Bench) -> None:
    number = await waiting(desk)
    record = note(desk, number, "Replaced the cable.", resolutionFlag=True)
    desk.psa.state.table("note").put({**record, "externalFlag": False, "internalFlag": True})
    await desk.settle()
    assert [e.data.internal for e in await desk.facts(number, "note-added")] == [True]


async def test_an_internal_note_that_is_made_public_is_an_answer_from_then_on(desk: Bench) -> None:
    number = await waiting(desk)
    record = desk.jdoe.add_note(number, "Key replaced.", kind="internal")
    await desk.settle()
    desk.clock.advance(600)
    change(desk, "note", record["id"], internalAnalysisFlag=False, detailDescriptionFlag=True)
    desk.jdoe.change_summary(number, "VPN drops")
    await desk.settle()
    assert await names(desk, number) == ["note-added", "reply-sent"]
    assert (await desk.facts(number, "reply-sent"))[0].time == desk.clock()
    desk.clock.advance(60)
    desk.jdoe.change_summary(number, "VPN drops again")
    await desk.settle()
    assert len(await names(desk, number)) == 2


async def test_a_description_that_comes_by_a_second_call_is_no_response(desk: Bench) -> None:
    number = desk.open_ticket(priority=7, impact="High")
    await desk.settle()
    desk.clock.advance(20)
    desk.jdoe.add_note(number, "Pat called: nobody at the site can print.")
    await desk.settle()
    assert await met(desk, number) == []
    desk.clock.advance(20)
    desk.jdoe.add_note(number, "Restarted the spooler, please try.")
    await desk.settle()
    assert await names(desk, number) == ["note-added", "reply-sent"]
    assert len(await met(desk, number)) == 1


@pytest.mark.parametrize(("by", "kind"), [("mlopez", "discussion"), ("jdoe", "resolution")])
async def test_an_early_answer_is_a_response(desk: Bench, by: str, kind: str) -> None:
    """A note by somebody other than the creator, or as the resolution."""
    number = desk.open_ticket(priority=7, impact="High")
    await desk.settle()
    desk.clock.advance(20)
    desk.psa.technician(by).add_note(number, "Restarted the spooler, please try.", kind=kind)
    await desk.settle()
    assert len(await met(desk, number)) == 1


@pytest.mark.parametrize("sweep", [True, False])
async def test_a_note_that_does_not_touch_its_ticket_is_found_by_a_round(desk: Bench, sweep: bool) -> None:
    number = desk.open_ticket()
    await desk.settle()
    await desk.poller.round()
    desk.psa.state.behaviour.notes_touch_ticket = False
    desk.clock.advance(300)
    said_at = desk.clock()
    desk.jdoe.add_note(number, "We are on it")
    desk.clock.advance(300)
    await desk.settle()
    await desk.poller.round(sweep=sweep)
    await desk.settle()
    await desk.poller.round(sweep=sweep)
    assert [e.time for e in await desk.facts(number, "reply-sent")] == [said_at]


async def test_a_description_that_only_a_round_finds_is_no_response(desk: Bench) -> None:
    number = desk.open_ticket(priority=7, impact="High")
    await desk.settle()
    desk.psa.state.behaviour.notes_touch_ticket = False
    desk.clock.advance(20)
    desk.jdoe.add_note(number, "Pat called: nobody at the site can print.")
    await desk.poller.round()
    await desk.settle()
    assert await names(desk, number) == ["note-added"]


async def test_a_program_is_one_however_its_name_is_written(database: str) -> None:
    async with bench(database, TRIAGE, SLA, config={"bots": ["KOwens"]}) as desk:
        number = desk.open_ticket(priority=7, impact="High")
        await desk.settle()
        desk.clock.advance(60)
        desk.psa.technician("kowens").add_note(number, "Thank you, we received your request.")
        await desk.settle()
        assert [e.data.author for e in await desk.facts(number, "reply-sent")] == ["bot"]
        assert await met(desk, number) == []
