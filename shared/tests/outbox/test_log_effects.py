"""Outbound calls on real PostgreSQL: each is made once, stale ones never, unknown ones after a look-up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from desk.contract.event import Draft, Event
from desk.decision.context import DecisionContext
from desk.decision.planning import Intent, OutboundCall, Outcome
from desk.eventstore.errors import ParkingError
from desk.eventstore.event_log import EventLog
from desk.eventstore.handler_registry import Tables
from desk.eventstore.schema import migrate
from desk.eventstore.table_writer import DbCursor, Row, TableWriter
from desk.eventstore.unit_of_work.work_items import Command
from desk.outbox.admin import OutboundCallAdmin
from desk.outbox.outbound_call_kind import OutboundCallKind, Withheld
from desk.outbox.worker import OutboundCallWorker
from desk.testing.notes import NOTES, TICKETS, Answered, NoPolicies, Talk, context, say, text_of

pytestmark = pytest.mark.postgres


def plan(event: Event, _state: object) -> list[Intent]:
    return [Intent("page", text_of(event), client="acme", data=text_of(event).encode())]


TABLES = Tables(effects={"desk.triage.said.v1": plan}, imported=lambda state: state.imported)


class Vendor:
    """A pager vendor that records every call, and fails as configured."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str]] = []
        self.answers: list[Outcome | Exception] = []

    async def page(self, planned: OutboundCall, _state: Talk) -> Outcome:
        self.calls.append((planned.data.decode(), str(planned.id)))
        answer = self.answers.pop(0) if self.answers else Outcome("done", vendor_key="P-1")
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def knows(self, planned: OutboundCall, _state: Talk) -> Outcome:
        known = str(planned.id) in {key for _, key in self.calls}
        return Outcome("done", vendor_key="P-2") if known else Outcome("retry")


def stale(planned: OutboundCall, state: Talk) -> bool:
    return f"not {planned.data.decode()}" in state.said("triage")


def tell_outcome(planned: OutboundCall, outcome: Outcome, _state: Talk, _deciding: DecisionContext) -> list[Draft]:
    return [Draft(data=Answered(text=f"{planned.data.decode()}: {outcome.what} {outcome.vendor_key}".strip()))]


class Desk:
    """A service with one kind of outbound call and its vendor."""

    def __init__(self, log: EventLog, **kind: Any) -> None:
        self.log, self.vendor, self.hands = log, Vendor(), OutboundCallAdmin(log)
        settings: dict[str, Any] = {"first_pause": timedelta(0), "facts": tell_outcome, "timeout": 5.0}
        self.kind = OutboundCallKind("page", "pager", self.vendor.page, stale, **(settings | kind))
        self.worker = OutboundCallWorker(log, [self.kind], every=0.02)
        log.start()

    def tell(self, *texts: str, **circumstances: Any) -> None:
        self.log.writer.submit_wait(Command(TICKETS, "T1", say(*texts), context(**circumstances)))

    async def turn(self) -> int:
        return await self.worker.turn(self.kind)

    def states(self) -> list[str]:
        return [row.planned.state for row in self.hands.listed()]

    def outcomes(self) -> list[str]:
        return [text for text in self.log.replica(TICKETS, "T1").state.said("triage") if ": " in text]

    def lease_ends(self) -> None:
        self.log.store.execute(lambda cursor: cursor.execute("UPDATE effects SET leased = NULL, next = now()"))


Open = Callable[..., Desk]


@pytest.fixture
def open_desk(database: str) -> Iterator[Open]:
    desks: list[Desk] = []

    def make(**kind: Any) -> Desk:
        migrate(database, "triage")
        desks.append(Desk(EventLog(database, "triage", NOTES, TABLES, NoPolicies()), **kind))
        return desks[-1]

    yield make
    for desk in desks:
        desk.log.stop()


async def test_a_call_goes_out_once_and_its_outcome_becomes_a_fact(open_desk: Open) -> None:
    desk = open_desk()
    desk.tell("fire")
    assert (await desk.turn(), await desk.turn()) == (1, 0)
    assert len(desk.vendor.calls) == 1
    assert (desk.states(), desk.outcomes()) == (["done"], ["fire: done P-1"])
    assert desk.hands.listed()[0].vendor_key == "P-1"


async def test_a_call_that_is_stale_by_now_is_superseded_and_not_made(open_desk: Open) -> None:
    desk = open_desk()
    desk.tell("fire")
    desk.tell("not fire")
    await desk.turn()
    assert "fire" not in dict(desk.vendor.calls)
    assert sorted(desk.states()) == ["done", "superseded"]


async def test_history_plans_no_call(open_desk: Open) -> None:
    desk = open_desk()
    desk.tell("fire", origin="import")
    desk.tell("more")
    assert (await desk.turn(), desk.states()) == (0, [])


async def test_what_the_vendor_refused_for_now_goes_again_with_the_same_key(open_desk: Open) -> None:
    desk = open_desk()
    desk.vendor.answers = [Outcome("retry", detail="429"), Outcome("done")]
    desk.tell("fire")
    await desk.turn()
    assert (desk.states(), desk.outcomes()) == (["planned"], [])
    await desk.turn()
    assert len({key for _, key in desk.vendor.calls}) == 1
    assert (len(desk.vendor.calls), desk.states()) == (2, ["done"])


async def test_a_retry_waits_as_long_as_the_vendor_said(open_desk: Open) -> None:
    desk = open_desk()
    desk.vendor.answers = [Outcome("retry", after=timedelta(hours=1))]
    desk.tell("fire")
    assert (await desk.turn(), await desk.turn()) == (1, 0)


async def test_retries_end_as_failed_where_their_number_is_bounded(open_desk: Open) -> None:
    desk = open_desk(tries=2)
    desk.vendor.answers = [Outcome("retry", detail="429")] * 2
    desk.tell("fire")
    await desk.turn()
    await desk.turn()
    assert desk.states() == ["failed"]
    assert desk.hands.listed()[0].detail == "gave up after 2 tries: 429"


async def test_an_unknown_call_is_asked_about_before_it_goes_again(open_desk: Open) -> None:
    desk = open_desk()
    desk.kind = desk.kind._replace(query=desk.vendor.knows)
    desk.vendor.answers = [ConnectionError("private words")]
    desk.tell("fire")
    await desk.turn()
    assert (desk.states(), desk.hands.listed()[0].detail.split()[0]) == (["unknown"], "ConnectionError")
    await desk.turn()
    assert (len(desk.vendor.calls), desk.states()) == (1, ["done"])
    assert desk.hands.listed()[0].vendor_key == "P-2"


async def test_an_unknown_call_goes_again_where_the_vendor_takes_the_key_twice(open_desk: Open) -> None:
    desk = open_desk(repeatable=True)
    desk.vendor.answers = [TimeoutError()]
    desk.tell("fire")
    await desk.turn()
    await desk.turn()
    assert len({key for _, key in desk.vendor.calls}) == 1
    assert (len(desk.vendor.calls), desk.states()) == (2, ["done"])


async def test_an_unknown_call_without_either_waits_for_a_person(open_desk: Open) -> None:
    desk = open_desk()
    desk.vendor.answers = [TimeoutError()]
    desk.tell("fire")
    await desk.turn()
    desk.lease_ends()
    assert (await desk.turn(), desk.states()) == (0, ["unknown"])
    identity = desk.hands.listed()[0].planned.id
    with pytest.raises(ParkingError, match="reason"):
        desk.hands.settle(identity, "done", "")
    desk.hands.settle(identity, "done", "seen in the vendor's list")
    assert desk.states() == ["done"]
    with pytest.raises(ParkingError):
        desk.hands.retry(identity)


async def test_a_crash_after_the_call_and_before_its_outcome_does_not_repeat_it(open_desk: Open) -> None:
    desk = open_desk()
    desk.kind = desk.kind._replace(query=desk.vendor.knows)

    async def call_and_die(planned: OutboundCall, state: Talk) -> Outcome:
        await desk.vendor.page(planned, state)
        raise asyncio.CancelledError

    desk.tell("fire")
    with pytest.raises(asyncio.CancelledError):
        await desk.worker.turn(desk.kind._replace(call=call_and_die))
    assert desk.states() == ["sent"]
    assert await desk.turn() == 0
    desk.lease_ends()
    await desk.turn()
    assert (len(desk.vendor.calls), desk.states()) == (1, ["done"])


async def test_two_workers_make_each_call_once(open_desk: Open) -> None:
    one, two = open_desk(), open_desk()
    two.kind = two.kind._replace(call=one.vendor.page)
    one.tell(*(f"fire {number}" for number in range(20)))
    while sum(await asyncio.gather(one.turn(), two.turn())):
        pass
    assert len(one.vendor.calls) == len(set(one.vendor.calls)) == 20
    assert one.states() == ["done"] * 20


async def test_stops_by_kind_and_by_client_hold_calls_back(open_desk: Open) -> None:
    desk = open_desk()
    desk.tell("fire")
    for stop in ({"kind": "page"}, {"client": "acme"}, {}, {"kind": "page", "client": "acme"}):
        desk.hands.stop(**stop)
        assert await desk.turn() == 0
        desk.hands.start(**stop)
    desk.hands.stop(client="another")
    assert [tuple(stop) for stop in desk.hands.stops()] == [("", "another")]
    assert await desk.turn() == 1


async def test_a_stop_of_a_kind_of_vendor_or_an_instance_holds_back_what_is_below(open_desk: Open) -> None:
    desk = open_desk()
    desk.tell("fire")
    name = "rmm/ninja-main/device-changes"
    desk.log.store.execute(lambda cursor: cursor.execute("UPDATE effects SET kind = %s", (name,)))
    desk.kind = desk.kind._replace(name=name)
    for kind in ("rmm", "rmm/ninja-main", name):
        desk.hands.stop(kind)
        assert (await desk.turn(), await desk.worker.preview()) == (0, [])
        desk.hands.start(kind)
    for kind in ("rm", "rmm/ninja", "rmm/other", "rmm/ninja-main/device-change"):
        desk.hands.stop(kind)
    assert await desk.turn() == 1


async def test_a_dry_run_sends_nothing(open_desk: Open) -> None:
    desk = open_desk()
    worker = OutboundCallWorker(desk.log, [desk.kind], every=0.01, dry_run=True)
    await worker.start()
    desk.tell("fire")
    await asyncio.sleep(0.1)
    await worker.stop()
    assert (desk.vendor.calls, desk.states()) == ([], ["planned"])
    assert [planned.data for planned in await worker.preview()] == [b"fire"]
    desk.tell("not fire")
    assert [planned.data for planned in await worker.preview()] == [b"not fire"]


async def test_the_worker_calls_by_itself_and_a_failed_call_can_be_retried_by_hand(open_desk: Open) -> None:
    desk = open_desk()
    desk.vendor.answers = [Outcome("failed", detail="no such user")]
    await desk.worker.start()
    desk.tell("fire")
    await _until(lambda: desk.states() == ["failed"])
    desk.hands.retry(desk.hands.listed()[0].planned.id)
    await _until(lambda: desk.states() == ["done"])
    await desk.worker.stop()
    assert desk.hands.counts() == {("page", "done"): 1}
    assert desk.hands.show(desk.hands.listed()[0].planned.id).planned.kind == "page"


async def _until(holds: Callable[[], bool]) -> None:
    for _ in range(250):
        if holds():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it did not come about within 5 s")


class Policy:
    """Forbids calls while it is `off`."""

    off = True

    async def withheld(self, planned: OutboundCall, _state: Talk) -> Withheld | None:
        return Withheld("not permitted", ((KEPT, (str(planned.id),)),)) if self.off else None


def _keep(cursor: DbCursor, rows: list[Row]) -> None:
    cursor.execute("CREATE TABLE IF NOT EXISTS withheld (id text)")
    cursor.executemany("INSERT INTO withheld VALUES (%s)", rows)


KEPT = TableWriter("withheld", 60, _keep)


async def test_a_call_that_may_not_be_made_is_superseded_with_its_rows(open_desk: Open) -> None:
    desk = open_desk(withheld=Policy().withheld)
    desk.tell("fire")
    assert await desk.worker.preview() == []
    await desk.turn()
    assert (desk.vendor.calls, desk.states(), desk.outcomes()) == ([], ["superseded"], [])
    row = desk.hands.listed()[0]
    assert row.detail == "not permitted"
    kept = desk.log.store.execute(lambda cursor: cursor.execute("SELECT id FROM withheld").fetchall())
    assert kept == [(str(row.planned.id),)]


async def test_a_call_that_may_have_been_made_is_asked_for_and_not_repeated_without_permission(open_desk: Open) -> None:
    policy = Policy()
    policy.off = False
    desk = open_desk(withheld=policy.withheld, query=Vendor().knows)
    desk.vendor.answers = [RuntimeError("connection lost")]
    desk.tell("fire")
    await desk.turn()
    assert desk.states() == ["unknown"]
    policy.off = True
    desk.lease_ends()
    await desk.turn()
    assert (len(desk.vendor.calls), desk.states()) == (1, ["superseded"])
