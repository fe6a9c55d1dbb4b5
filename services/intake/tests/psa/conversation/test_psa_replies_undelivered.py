"""A reply that was recorded but never sent is recorded as undelivered everywhere and does not count as a response."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import httpx
import pytest

from desk.contract.ticket.docs import client as cl
from desk.contract.ticket.intake.caller import CallerRevoked
from desk.contract.ticket.intake.conversation import NoteAdded, ReplySent
from desk.contract.ticket.sla.facts import ClockMet, ClockReinstated
from desk.contract.ticket.ticket import flags
from desk.decision.principal import Role
from desk_deploy.testing.psa_bench import Bench, bench
from desk_docs.main import DOCS
from desk_sla.main import SLA
from desk_triage.main import TRIAGE

from ...psa_calls import Between, Refusal, ours, record, reply, said
from ...psa_cases import facts_of

pytestmark = pytest.mark.postgres
FINAL = Refusal(
    400, b'{"code":"InvalidObject","message":"no","errors":[{"code":"MissingRequiredField","field":"text"}]}'
)
NOTHING = {"default": "nothing"}


@pytest.fixture
async def desk(database: str) -> AsyncIterator[Bench]:
    async with bench(database, TRIAGE, DOCS, SLA) as found:
        yield found


async def withheld(desk: Bench, number: int, *data: Any, at: datetime | None = None) -> None:
    """Record facts that plan notes while these are permitted; the level falls before the calls are made."""
    desk.psa.faults.change({"api_server_error": 1.0})
    await record(desk.intake, ours(number), *data, at=at)
    await desk.settle()
    desk.permit(NOTHING, "3")
    desk.psa.faults.change({"api_server_error": 0.0})
    await desk.until_called()


async def representation(desk: Bench, number: int) -> dict[str, Any]:
    answer = await desk.http.get(f"/tickets/{ours(number)}", headers=desk.authorised(Role.TIER1))
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_reply_that_may_not_leave_any_more_is_named_as_undelivered(desk: Bench) -> None:
    number = desk.open_ticket()
    await desk.settle()
    await withheld(desk, number, reply())

    assert said(desk) == 0
    (lost,) = await desk.facts(number, "reply-undelivered")
    assert (lost.data.message, lost.data.reason) == ("m1", "write_back_off")
    ticket = await representation(desk, number)
    assert ticket["undelivered_replies"] == [{"message": "m1", "reason": "write_back_off"}]
    assert "reply-undelivered" in ticket["flags"]
    listed = await desk.http.get("/would-write", headers=desk.authorised(Role.COORDINATOR))
    rows = [row["what"] for row in listed.json()["items"] if row["kind"] == "psa-note"]
    assert rows == [{"note": "public", "of": "reply-sent", "message": "m1"}]


async def test_messages_to_a_requester_who_left_meanwhile_are_not_sent(desk: Bench) -> None:
    number = desk.open_ticket()
    await desk.settle()
    desk.psa.faults.change({"api_server_error": 1.0})
    public = NoteAdded(note="n1", internal=False, text="Your new password is set.")
    await record(desk.intake, ours(number), reply(), public)
    await desk.settle()
    await record(desk.intake, ours(number), CallerRevoked(contact="psa-p611", revision="2", source="psa"))
    desk.psa.faults.change({"api_server_error": 0.0})
    await desk.until_called()

    assert (said(desk), said(desk, "Your new password is set.")) == (0, 0)
    (lost,) = await desk.facts(number, "reply-undelivered")
    assert (lost.data.message, lost.data.reason) == ("m1", "caller_revoked")


async def test_the_response_clock_that_such_a_reply_met_runs_again(desk: Bench) -> None:
    number = desk.open_ticket(priority=7, impact="High")
    await desk.settle()
    desk.clock.advance(300)
    await withheld(desk, number, reply(), at=desk.clock())
    verdicts = [e.data for e in await facts_of(desk, number, "sla") if isinstance(e.data, ClockMet | ClockReinstated)]
    met, reinstated = [verdict for verdict in verdicts if verdict.clock == "response"]
    assert isinstance(met, ClockMet) and isinstance(reinstated, ClockReinstated)
    (lost,) = await desk.facts(number, "reply-undelivered")
    assert reinstated.late_fact == lost.id


async def test_nobody_waits_for_the_answer_to_a_question_that_the_client_did_not_get(desk: Bench) -> None:
    number = desk.open_ticket()
    await desk.settle()
    await withheld(desk, number, reply())
    body = {"cycle": 1, "on": "client", "message": "m1"}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(desk.hosted["triage"].app), base_url="http://desk"
    ) as http:
        answer = await http.post(f"/tickets/{ours(number)}/wait", json=body, headers=desk.authorised(Role.TIER1))
    assert answer.json()["code"] == "waiting_without_request", answer.text


async def closed_and_asked(desk: Bench) -> int:
    """A client's reply after the ticket's end."""
    number = desk.open_ticket()
    desk.clock.advance(60)
    desk.jdoe.set_status(number, "closed")
    await desk.settle()
    desk.clock.advance(3600)
    desk.jdoe.add_note(number, "It still does not work", contact=611)
    await desk.settle()
    return number


async def owed(desk: Bench, number: int) -> set[str]:
    ticket = await desk.ticket(number, "docs")
    return {o.what for o in ticket.docs.owed(ticket.cycle)}


async def test_an_answer_that_did_not_reach_the_client_is_owed_again(desk: Bench) -> None:
    number = await closed_and_asked(desk)
    assert "reply" in await owed(desk, number)
    await withheld(desk, number, reply())
    assert [e.data.what for e in await facts_of(desk, number, "docs") if e.data.name == "obligation-met"] == ["reply"]
    assert "reply" in await owed(desk, number)

    by_phone = ReplySent(message="m2", author="human", audience="public", to_requester=True, channel="phone")
    await record(desk.intake, ours(number), by_phone)
    await desk.settle()
    assert "reply" not in await owed(desk, number)
    assert "reply-undelivered" not in flags(await desk.ticket(number))


async def test_a_client_who_was_answered_otherwise_is_owed_nothing(desk: Bench) -> None:
    number = await closed_and_asked(desk)
    by_phone = ReplySent(message="m0", author="human", audience="public", to_requester=True, channel="phone")
    await withheld(desk, number, by_phone, reply())
    assert len(await desk.facts(number, "reply-undelivered")) == 1
    assert "reply" not in await owed(desk, number)


async def test_a_summary_that_was_not_delivered_has_not_informed_the_client(desk: Bench) -> None:
    number = desk.open_ticket()
    await desk.settle()
    written = cl.ClientSummaryWritten(rev=1, audience="requester", text="All is well", text_hash="h")
    desk.psa.faults.change({"api_server_error": 1.0})
    await record(desk.hosted["docs"], ours(number), written, cycle=1)
    await desk.settle()
    assert (await desk.ticket(number, "docs")).docs.client_informed(1)
    desk.permit(NOTHING, "3")
    desk.psa.faults.change({"api_server_error": 0.0})
    await desk.until_called()

    (summary,) = (await desk.ticket(number, "docs")).docs.summaries[1]
    assert (summary.state, (await desk.ticket(number, "docs")).docs.client_informed(1)) == ("failed", False)
    (failed,) = [e.data for e in await facts_of(desk, number, "docs") if e.data.name == "client-summary-failed"]
    assert (failed.channel, failed.reason) == ("psa", "write_back_off")


async def test_a_reply_that_the_psa_refused_for_good_did_not_reach_the_client_until_a_retry_delivers_it(
    desk: Bench,
) -> None:
    number = desk.open_ticket()
    await desk.settle()
    Between(desk).once("POST", f"/service/tickets/{number}/notes", FINAL)
    await record(desk.intake, ours(number), reply())
    await desk.settle()
    (lost,) = await desk.facts(number, "reply-undelivered")
    assert (lost.data.message, lost.data.reason) == ("m1", "not_delivered")

    effects = desk.intake.service.effects
    (call,) = effects.listed("failed")
    effects.retry(call.planned.id)
    await desk.until_called()
    assert (said(desk), (await desk.ticket(number)).intake.undelivered) == (1, {})
    assert len(await desk.facts(number, "reply-undelivered")) == 1


async def test_an_internal_note_that_may_not_leave_is_no_undelivered_reply(desk: Bench) -> None:
    number = desk.open_ticket()
    await desk.settle()
    await withheld(desk, number, NoteAdded(note="n1", internal=True, text="Fuse blown"))
    assert await desk.facts(number, "reply-undelivered") == []


async def test_a_reply_that_waits_for_a_psa_that_is_away_is_not_undelivered(desk: Bench) -> None:
    number = desk.open_ticket()
    await desk.settle()
    desk.psa.faults.change({"api_server_error": 1.0})
    await record(desk.intake, ours(number), reply())
    await desk.settle()
    assert await desk.facts(number, "reply-undelivered") == []
    desk.psa.faults.change({"api_server_error": 0.0})
    await desk.until_called()
    assert (said(desk), await desk.facts(number, "reply-undelivered")) == (1, [])
