"""Time entries are billed as the PSA counts them; a reply after the close needs an answer."""

from __future__ import annotations

from typing import Any

import pytest

from desk.testing.events import AnyEvent
from desk_billing.main import BILLING
from desk_deploy.testing.psa_bench import Bench, bench
from desk_deploy.testing.simulated_psa import PSA
from desk_docs.main import DOCS
from desk_intake.psa.ids import ticket_id
from desk_simulators.connectwise import writes
from desk_sla.main import SLA
from desk_triage.main import TRIAGE

pytestmark = pytest.mark.postgres


def facts(desk: Bench, number: int, service: str, name: str) -> list[AnyEvent]:
    log = desk.hosted[service].service.log
    rows = log.store.read(lambda reads: reads.events_after({ticket_id(PSA, str(number)): 0}))
    events = [log.language.decode(row.raw) for row in rows]
    return [event for event in events if event.data.name == name]


async def entered(desk: Bench, **entry: Any) -> tuple[int, int]:
    """(ticket, entry) of time that a technician logged in the PSA."""
    desk.psa.state.behaviour.period_open_from = "1800-01-01"
    number = desk.open_ticket()
    await desk.settle()
    body = {"chargeToId": number, "chargeToType": "ServiceTicket", "billableOption": "Billable", **entry}
    found = writes.create(desk.psa.state, "time", body, desk.jdoe.actor)
    await desk.settle()
    return number, found["id"]


def corrected(desk: Bench, entry: int, **values: Any) -> None:
    """The entry with values that the vendor may return but never accepts, changed now."""
    row = desk.psa.state.record("time", entry)
    now = f"{desk.clock():%Y-%m-%dT%H:%M:%SZ}"
    desk.psa.state.table("time").put({**row, **values, "_info": {**row["_info"], "lastUpdated": now}})


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


@pytest.mark.parametrize(
    ("start", "why"),
    [("0001-01-01T00:00:00Z", "too-early"), ("1969-12-31T23:59:59Z", "too-early"), ("9999-12-31T23:59:59Z", "future")],
)
async def test_a_start_beyond_the_bounds_is_left_out_and_named_and_nobody_rates_it(
    database: str, start: str, why: str
) -> None:
    async with bench(database, TRIAGE, SLA, BILLING) as desk:
        number, entry = await entered(desk, timeStart="2026-01-15T09:00:00Z", timeEnd="2026-01-15T10:00:00Z")
        desk.clock.advance()
        corrected(desk, entry, timeStart=start)
        await desk.psa_instance.times.read(entry, "poll")
        await desk.settle()
        seen = facts(desk, number, "intake", "psa-time-observed")[-1].data
        assert (seen.start, seen.left_out) == (None, {"start": why})
        (held,) = facts(desk, number, "billing", "time-held")
        assert held.data.why == why

        desk.clock.advance()
        corrected(desk, entry, timeStart="2026-01-15T09:00:00Z")
        await desk.psa_instance.times.read(entry, "poll")
        await desk.settle()
        assert facts(desk, number, "intake", "psa-time-observed")[-1].data.left_out == {}
        assert len(facts(desk, number, "billing", "time-held")) == 1


async def test_a_record_without_a_time_of_its_change_is_remembered_by_name(database: str) -> None:
    async with bench(database, TRIAGE, hooks=False, config={"callback_url": None}) as desk:
        number, other = desk.open_ticket(), desk.open_ticket("Printer")
        row = desk.psa.state.record("ticket", number)
        desk.psa.state.table("ticket").put({**row, "_info": {**row["_info"], "lastUpdated": "0001-01-01T00:00:00Z"}})
        await desk.poller.round(sweep=True)
        assert (await desk.ticket(other)).intake.exists and not (await desk.ticket(number)).intake.exists
        store = desk.intake.service.log.store
        query = "SELECT kind, record, detail FROM psa_revisits WHERE reason = 'failed'"
        ((kind, record, detail),) = store.execute(lambda cursor: cursor.execute(query).fetchall())
        assert (kind, record) == ("ticket", str(number))
        assert "_info.lastUpdated" in detail and "1970 to 2100" in detail


async def test_a_reply_after_the_close_is_owed_an_answer(database: str) -> None:
    async with bench(database, TRIAGE, SLA, DOCS) as desk:
        number = desk.open_ticket()
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
