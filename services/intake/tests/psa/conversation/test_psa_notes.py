"""Notes of the PSA: the author of a text."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from desk.decision.principal import Role
from desk_connectors.connectwise.marker import marked
from desk_deploy.testing.psa_bench import Bench, bench
from desk_deploy.testing.simulated_psa import PSA
from desk_intake.psa.ids import ticket_id
from desk_sla.main import SLA
from desk_triage.main import TRIAGE

from ...psa_conversation import conversation, is_waiting, met, names, note, waiting

pytestmark = pytest.mark.postgres
KEY = "6f1d7a0e-7f0c-4c62-9b9e-0f8f0c7f1a11"


@pytest.fixture
async def desk(database: str) -> AsyncIterator[Bench]:
    async with bench(database, TRIAGE, SLA) as found:
        yield found


@pytest.mark.parametrize(
    "text",
    [
        "Yes, go ahead\n",
        "Yes, go ahead ",
        "Yes,\r\ngo ahead",
        "Yes,\u2028go ahead",
        "\tYes\x0b",
    ],
)
async def test_a_clients_reply_counts_whatever_ends_its_lines(desk: Bench, text: str) -> None:
    number = await waiting(desk)
    desk.jdoe.add_note(number, text, contact=611)
    await desk.settle()
    assert await conversation(desk, number) == [("client-replied", text.strip())]
    assert not await is_waiting(desk, number)


async def test_a_technicians_answer_of_two_lines_is_the_response(desk: Bench) -> None:
    number = desk.open_ticket(priority=7, impact="High")
    await desk.settle()
    desk.clock.advance(300)
    desk.jdoe.add_note(number, "Called you,\r\nthe tunnel is up again.\r\n")
    await desk.settle()
    assert len(await met(desk, number)) == 1


@pytest.mark.parametrize(
    "text",
    [
        marked("Yes, go ahead", KEY),
        f"Yes, go ahead\n\n> Please confirm\n> [desk-ref {KEY}]",
        f"<p>Yes, go ahead</p><blockquote>[desk-ref {KEY}]</blockquote>",
    ],
)
async def test_a_client_who_quotes_our_marker_is_a_client(desk: Bench, text: str) -> None:
    number = await waiting(desk)
    desk.jdoe.add_note(number, text, contact=611)
    await desk.settle()
    assert await names(desk, number) == ["client-replied"]
    assert not await is_waiting(desk, number)


async def test_what_a_client_wrote_beside_our_marker_is_kept(desk: Bench) -> None:
    number = await waiting(desk)
    desk.jdoe.add_note(number, f"<p>Yes, go ahead</p><blockquote>[desk-ref {KEY}]</blockquote>", contact=611)
    await desk.settle()
    assert await conversation(desk, number) == [
        ("client-replied", "<p>Yes, go ahead</p><blockquote></blockquote>"),
    ]


async def test_a_technician_who_quotes_our_marker_in_one_line_has_answered(desk: Bench) -> None:
    number = await waiting(desk)
    desk.jdoe.add_note(number, f"<p>Restart it.</p><p>[desk-ref {KEY}]</p>")
    await desk.settle()
    assert await names(desk, number) == ["reply-sent"]


@pytest.mark.parametrize("author", ["", "DeskAPI"])
async def test_an_unknown_address_that_quotes_our_marker_is_a_client(desk: Bench, author: str) -> None:
    """The author is missing, or is the program that put the mail into the PSA with our keys."""
    number = await waiting(desk)
    text = marked("Yes, go ahead", KEY)
    record = note(desk, number, text, detailDescriptionFlag=True, customerUpdatedFlag=True)
    kept = {k: v for k, v in record.items() if k not in ("member", "_info")} | {"createdBy": author}
    desk.psa.state.table("note").put(kept)
    await desk.settle()
    assert await conversation(desk, number) == [("client-replied", "Yes, go ahead")]
    assert not await is_waiting(desk, number)


async def test_a_technician_who_copies_our_text_has_written_it(desk: Bench) -> None:
    number = await waiting(desk)
    desk.jdoe.add_note(number, marked("As we said: restart it.", KEY))
    await desk.settle()
    assert await conversation(desk, number) == [("reply-sent", "As we said: restart it.")]


@pytest.mark.parametrize(
    "text",
    [
        marked("Done.", KEY).replace("\n", "\r\n") + " \r\n",
        f"Done.\u2028\u2028[desk-ref {KEY}]\u00a0",
        f"<div>Done.</div><div>[desk-ref&nbsp;{KEY}]<br></div>",
        f"Done.<br/><br/>\u200b[desk-ref {KEY}]",
    ],
)
async def test_our_own_note_of_unknown_outcome_is_recognised_by_its_marker(desk: Bench, text: str) -> None:
    number = await waiting(desk)
    note(desk, number, text, by="DeskAPI", detailDescriptionFlag=True)
    await desk.settle()
    assert await names(desk, number) == []


async def test_our_own_note_is_recognised_by_the_psas_id_whatever_its_text(desk: Bench) -> None:
    number = await waiting(desk)
    subject = ticket_id(PSA, str(number))
    body = {"cycle": 1, "text": "We are on it."}
    answer = await desk.http.post(f"/tickets/{subject}/reply", json=body, headers=desk.authorised(Role.TIER2))
    assert answer.is_success, answer.text
    await desk.settle()
    (ours,) = [n for n in desk.psa.state.table("note") if n["text"].startswith("We are on it.")]
    desk.clock.advance()
    desk.psa.state.table("note").put({**ours, "text": "We are on it, says the coordinator."})
    desk.jdoe.change_summary(number, "VPN drops")
    await desk.settle()
    assert await names(desk, number) == ["reply-sent"]


async def test_a_reply_by_mail_from_an_unknown_address_is_the_clients(desk: Bench) -> None:
    number = await waiting(desk)
    record = note(desk, number, "Yes, go ahead", detailDescriptionFlag=True, customerUpdatedFlag=True)
    desk.psa.state.table("note").put({k: v for k, v in record.items() if k != "member"})
    await desk.settle()
    assert await names(desk, number) == ["client-replied"]


async def test_a_reply_from_an_unknown_address_that_quotes_our_marker_is_the_clients(desk: Bench) -> None:
    number = await waiting(desk)
    text = marked("Yes, go ahead", KEY)
    record = note(desk, number, text, detailDescriptionFlag=True, customerUpdatedFlag=True)
    kept = {k: v for k, v in record.items() if k not in ("member", "createdBy", "_info")}
    desk.psa.state.table("note").put(kept)
    await desk.settle()
    assert await names(desk, number) == ["client-replied"]


async def test_a_text_of_nobody_we_know_is_no_response(desk: Bench) -> None:
    number = desk.open_ticket(priority=7, impact="High")
    await desk.settle()
    desk.clock.advance(300)
    record = note(desk, number, "Your request was received", detailDescriptionFlag=True)
    kept = {k: v for k, v in record.items() if k != "member"} | {"createdBy": "workflow"}
    desk.psa.state.table("note").put(kept)
    await desk.settle()
    assert await names(desk, number) == ["reply-sent"]
    assert await met(desk, number) == []


async def test_an_empty_reply_of_the_client_is_a_reply(desk: Bench) -> None:
    """A reply that was only a picture."""
    number = await waiting(desk)
    desk.jdoe.add_note(number, "\u00a0", contact=611)
    await desk.settle()
    assert await conversation(desk, number) == [("client-replied", None)]


async def test_an_unreadable_note_does_not_keep_the_others_out(desk: Bench) -> None:
    number = await waiting(desk)
    bad = note(desk, number, "x", detailDescriptionFlag=True)
    desk.psa.state.table("note").put({**bad, "text": 5})
    desk.jdoe.add_note(number, "Yes, go ahead", contact=611)
    await desk.settle()
    assert await names(desk, number) == ["client-replied"]


async def test_two_notes_in_one_second_are_both_recorded(desk: Bench) -> None:
    number = await waiting(desk)
    desk.jdoe.add_note(number, "Please try again", contact=None)
    await desk.settle()
    desk.jdoe.add_note(number, "It works", contact=611)
    await desk.settle()
    assert await names(desk, number) == ["reply-sent", "client-replied"]


@pytest.mark.parametrize(
    "text",
    [
        "I am currently out of the office until Monday 20 July.",
        "Automatisch antwoord: ik ben afwezig",
        "Subject: Automatic reply: VPN down\n\nI am away",
    ],
)
async def test_an_absence_notice_ends_no_wait(desk: Bench, text: str) -> None:
    number = await waiting(desk)
    desk.jdoe.add_note(number, text, contact=611)
    await desk.settle()
    assert [e.data.auto for e in await desk.facts(number, "client-replied")] == [True]
    assert await is_waiting(desk, number)


async def test_an_answer_that_speaks_of_an_absence_ends_the_wait(desk: Bench) -> None:
    number = await waiting(desk)
    desk.jdoe.add_note(number, "I will be out of office tomorrow, yes please go ahead", contact=611)
    await desk.settle()
    assert not await is_waiting(desk, number)
