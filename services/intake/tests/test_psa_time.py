"""Time entries of the PSA are billed as the PSA counts them; a reply after the close is owed an answer."""

from __future__ import annotations

from typing import Any

import pytest

from desk.ticket.event import Event
from desk_billing.main import BILLING
from desk_deploy.testing.psa_bench import PSA, Bench, bench
from desk_docs.main import DOCS
from desk_intake.psa.ids import ticket_id
from desk_simulators.connectwise import writes
from desk_sla.main import SLA
from desk_triage.main import TRIAGE

pytestmark = pytest.mark.postgres


def facts(desk: Bench, number: int, service: str, name: str) -> list[Event]:
    log = desk.hosted[service].service.log
    rows = log.store.read(lambda reads: reads.rest({ticket_id(PSA, str(number)): 0}))
    events = [log.language.decode(row.raw) for row in rows]
    return [event for event in events if event.data.name == name]


async def entered(desk: Bench, **entry: Any) -> tuple[int, int]:
    """(ticket, entry) of time that a technician logged in the PSA."""
    desk.psa.state.behaviour.period_open_from = "1800-01-01"
    number = desk.opened()
    await desk.settle()
    body = {"chargeToId": number, "chargeToType": "ServiceTicket", "billableOption": "Billable", **entry}
    found = writes.create(desk.psa.state, "time", body, desk.jdoe.actor)
    await desk.settle()
    return number, found["id"]


async def test_a_break_that_was_deducted_is_not_billed(database: str) -> None:
    async with bench(database, TRIAGE, SLA, BILLING) as desk:
        times = {"timeStart": "2026-01-15T09:00:00Z", "timeEnd": "2026-01-15T12:00:00Z"}
        number, entry = await entered(desk, **times, hoursDeduct=1.0)
        (logged,) = facts(desk, number, "billing", "time-logged")
        assert logged.data.labour.minutes == 120
        rated = facts(desk, number, "billing", "time-rated")
        assert [sum(line.minutes for line in e.data.lines) for e in rated] == [120]
        desk.clock.advance()
        change = [{"op": "replace", "path": "hoursDeduct", "value": 0.5}]
        writes.patch(desk.psa.state, "time", entry, change, desk.jdoe.actor)
        await desk.settle()
        assert [e.data.labour.minutes for e in facts(desk, number, "billing", "time-corrected")] == [150]


async def test_minutes_are_exact_where_hours_are_only_rounded(database: str) -> None:
    async with bench(database, TRIAGE, SLA, BILLING) as desk:
        number, _ = await entered(desk, timeStart="2026-01-15T09:00:00Z", timeEnd="2026-01-15T09:07:00Z")
        assert [e.data.labour.minutes for e in facts(desk, number, "billing", "time-logged")] == [7]


async def test_a_date_of_1900_is_kept_and_not_rated(database: str) -> None:
    async with bench(database, TRIAGE, SLA, BILLING) as desk:
        number, _ = await entered(desk, timeStart="1900-01-01T08:00:00Z", timeEnd="1900-01-01T09:00:00Z")
        assert facts(desk, number, "billing", "time-logged") == facts(desk, number, "billing", "time-rated") == []
        assert [e.data.why for e in facts(desk, number, "billing", "time-held")] == ["too-early"]
        assert len(facts(desk, number, "intake", "psa-time-observed")) == 1


async def test_a_reply_after_the_close_is_owed_an_answer(database: str) -> None:
    async with bench(database, TRIAGE, SLA, DOCS) as desk:
        number = desk.opened()
        desk.clock.advance(60)
        desk.jdoe.set_status(number, "closed")
        await desk.settle()
        desk.clock.advance(3600)
        desk.jdoe.add_note(number, "It still does not work", contact=611)
        await desk.settle()
        raised = [e.data.what for e in facts(desk, number, "docs", "obligation-raised")]
        assert raised[-1] == "reply"
        desk.clock.advance(600)
        desk.jdoe.add_note(number, "We look at it again.")
        await desk.settle()
        assert [e.data.what for e in facts(desk, number, "docs", "obligation-met")] == ["reply"]
