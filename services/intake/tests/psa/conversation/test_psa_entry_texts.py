"""Texts of time entries are recorded on their ticket once, with the visibility of their flags, at their time."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from desk_deploy.testing.psa_bench import Bench, bench
from desk_sla.main import SLA
from desk_triage.main import TRIAGE

from ...psa_conversation import change, conversation, entry, met, names, waiting

pytestmark = pytest.mark.postgres


@pytest.fixture
async def desk(database: str) -> AsyncIterator[Bench]:
    async with bench(database, TRIAGE, SLA) as found:
        yield found


async def test_an_answer_in_a_time_entry_is_the_response_once(desk: Bench) -> None:
    number = desk.open_ticket(priority=7, impact="High")
    await desk.settle()
    desk.clock.advance(300)
    said_at = desk.clock()
    entry(desk, number, "The tunnel is up again", addToDetailDescriptionFlag=True, emailContactFlag=True)
    await desk.settle()
    desk.clock.advance(300)
    desk.jdoe.change_summary(number, "VPN drops")
    await desk.settle()
    await desk.poller.round(sweep=True)
    await desk.settle()
    assert await conversation(desk, number) == [("reply-sent", "The tunnel is up again")]
    assert [e.time for e in await met(desk, number)] == [said_at]


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ({"addToResolutionFlag": True}, ["reply-sent"]),
        ({"emailContactFlag": True}, ["reply-sent"]),
        ({"addToInternalAnalysisFlag": True}, ["note-added"]),
        ({"addToInternalAnalysisFlag": True, "emailContactFlag": True}, ["note-added"]),
        ({}, []),
    ],
)
async def test_flags_say_who_reads_a_time_entry(desk: Bench, flags: dict[str, bool], expected: list[str]) -> None:
    number = await waiting(desk)
    desk.clock.advance(300)
    entry(desk, number, "Replaced the cable.", **flags)
    await desk.settle()
    assert await names(desk, number) == expected


async def test_a_time_entry_that_the_psa_saves_as_a_note_too_is_said_once(desk: Bench) -> None:
    number = await waiting(desk)
    desk.clock.advance(300)
    status = desk.psa.state.record("ticket", number)["status"]["id"]
    desk.psa.state.table("status").put({**desk.psa.state.record("status", status), "saveTimeAsNote": True})
    entry(desk, number, "Replaced the cable.\r\n", addToDetailDescriptionFlag=True)
    await desk.settle()
    desk.clock.advance(60)
    desk.jdoe.change_summary(number, "VPN drops")
    await desk.settle()
    assert await names(desk, number) == ["reply-sent"]


async def test_a_time_entry_whose_text_is_added_later_is_said_then(desk: Bench) -> None:
    number = await waiting(desk)
    desk.clock.advance(300)
    record = entry(desk, number, "Replaced the cable.")
    await desk.settle()
    assert await names(desk, number) == []
    desk.clock.advance(600)
    change(desk, "time", record["id"], addToDetailDescriptionFlag=True)
    await desk.settle()
    assert [e.time for e in await desk.facts(number, "reply-sent")] == [desk.clock()]
    desk.clock.advance(60)
    change(desk, "time", record["id"], notes="Replaced both cables.")
    await desk.settle()
    assert await names(desk, number) == ["reply-sent"]


async def test_a_text_of_a_time_entry_is_not_written_back(desk: Bench) -> None:
    number = await waiting(desk)
    desk.clock.advance(300)
    entry(desk, number, "Tunnel key expired", addToInternalAnalysisFlag=True)
    await desk.settle()
    await desk.until_called()
    assert [n for n in desk.psa.state.table("note") if n["ticketId"] == number] == []
