"""No call is repeated without a look-up, none is given up wrongly, and a wait for another call is no try."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

import pytest

from desk.contract.event import Draft
from desk.decision.planning import Outcome
from desk.eventstore.errors import CallError, StoreUnavailable, UnknownCall
from desk.eventstore.unit_of_work.work_items import Command
from desk.testing.calls import Caller, Open, Vendor
from desk.testing.notes import TICKETS, Said, context

pytestmark = pytest.mark.postgres
QUARTER = timedelta(minutes=15)


@pytest.fixture
def vendor() -> Vendor:
    return Vendor()


@pytest.fixture
def open_caller(database: str, vendor: Vendor) -> Iterator[Open]:
    callers: list[Caller] = []

    def make(**kind: object) -> Caller:
        callers.append(Caller(database, vendor, **kind))
        return callers[-1]

    yield make
    for caller in callers:
        caller.log.stop()


async def restarted(open_caller: Open, **kind: object) -> Caller:
    """A process that starts on an existing store; its loops do not run."""
    caller = open_caller(**kind)
    caller.worker.dry_run = True
    await caller.worker.start()
    return caller


async def test_what_an_earlier_process_planned_is_looked_up_before_it_is_made(
    open_caller: Open, vendor: Vendor
) -> None:
    open_caller().inform_client("fire")
    vendor.done = ["fire"]  # the store is older than this call
    caller = await restarted(open_caller)
    await caller.turn()
    assert (vendor.done, vendor.asked, caller.state) == (["fire"], 1, "done")


@pytest.mark.parametrize(
    ("identity", "done"),
    [(uuid5(NAMESPACE_URL, "seen"), ["fire"]), (uuid4(), ["fire", "fire"])],
    ids=["derived", "new"],
)
async def test_a_restored_store_looks_up_the_call_of_a_fact_that_it_may_have_recorded_before(
    open_caller: Open, vendor: Vendor, identity: UUID, done: list[str]
) -> None:
    caller = open_caller()
    caller.log.runner.recovered = datetime.now(UTC) - timedelta(hours=1)
    vendor.done.append("fire")
    item = Command(TICKETS, "T1", lambda *_: [Draft(data=Said(text="fire"), id=identity)], context())
    caller.log.writer.submit_wait(item)
    await caller.turn()
    assert (vendor.done, caller.state) == (done, "done")


async def test_what_an_earlier_process_planned_and_nobody_made_goes_out_once(open_caller: Open, vendor: Vendor) -> None:
    open_caller().inform_client("fire")
    caller = await restarted(open_caller)
    await caller.turn()
    assert (vendor.done, vendor.asked, caller.state) == (["fire"], 1, "done")


async def test_what_this_process_planned_goes_out_without_a_look(open_caller: Open, vendor: Vendor) -> None:
    caller = await restarted(open_caller)
    caller.inform_client("fire")
    await caller.turn()
    assert (vendor.done, vendor.asked) == (["fire"], 0)


async def test_a_planned_call_of_a_vendor_that_cannot_be_asked_goes_out(open_caller: Open, vendor: Vendor) -> None:
    open_caller().inform_client("fire")
    caller = await restarted(open_caller, query=None)
    await caller.turn()
    assert (vendor.done, caller.state) == (["fire"], "done")


async def test_a_doubted_call_stays_planned_while_the_vendor_cannot_be_asked(open_caller: Open, vendor: Vendor) -> None:
    open_caller().inform_client("fire")
    vendor.done, vendor.silent = ["fire"], True
    caller = await restarted(open_caller)
    await caller.turn()
    assert (caller.state, caller.call.detail, caller.call.planned.doubted) == ("planned", "away", True)
    vendor.silent = False
    await caller.turn()
    assert (vendor.done, caller.state) == (["fire"], "done")


async def test_a_failed_call_that_was_made_is_found_by_a_retry(open_caller: Open, vendor: Vendor) -> None:
    caller = open_caller()
    caller.inform_client("fire")
    await caller.turn()
    caller.sql("UPDATE effects SET state = 'failed'")
    caller.hands.retry(caller.call.planned.id)
    assert caller.state == "unknown"
    await caller.turn()
    assert (vendor.done, caller.state) == (["fire"], "done")


async def test_a_failed_call_that_was_not_made_goes_out_by_a_retry(open_caller: Open, vendor: Vendor) -> None:
    caller = open_caller()
    vendor.answers = [Outcome("failed", detail="no such user")] * 2
    caller.inform_client("fire")
    for _ in range(2):
        await caller.turn()
        assert caller.state == "failed"
        caller.hands.retry(caller.call.planned.id)
    await caller.turn()
    assert (vendor.done, vendor.asked, caller.state) == (["fire"], 2, "done")


async def test_a_retry_says_why_it_cannot_be(open_caller: Open) -> None:
    caller = open_caller()
    caller.inform_client("fire")
    await caller.turn()
    with pytest.raises(CallError, match="is done: only calls that are planned, unknown or failed"):
        caller.hands.retry(caller.call.planned.id)
    with pytest.raises(UnknownCall, match="desk effects list"):
        caller.hands.retry(uuid4())


def outcomes(caller: Caller) -> list[str]:
    """The facts about outcomes, with repeats."""
    return list(caller.log.replica(TICKETS, "T1").state.said("triage")[1:])


def forget_the_end(caller: Caller, *statements: str) -> None:
    """Make the store one that recovered the ticket's facts from the peers, but neither the call's end nor its tries."""
    caller.sql("DELETE FROM stored_events WHERE originator_id LIKE 'ops:%%'")
    caller.sql("UPDATE effects SET state = 'unknown', tries = 0, ended = NULL")
    for statement in statements:
        caller.sql(statement)


OTHER_ID = "UPDATE stored_events SET event_id = gen_random_uuid() WHERE topic = 'desk.triage.answered.v1'"


@pytest.mark.parametrize("statements", [(), (OTHER_ID,)], ids=["this release", "an id of an earlier release"])
async def test_the_end_of_a_call_is_one_fact_whatever_its_tries(
    open_caller: Open, vendor: Vendor, statements: tuple[str, ...]
) -> None:
    first = open_caller()
    first.inform_client("fire")
    await first.turn()
    forget_the_end(first, *statements)
    caller = await restarted(open_caller)
    await caller.turn()
    assert (vendor.done, caller.state, outcomes(caller)) == (["fire"], "done", ["fire: done"])


async def test_a_call_that_failed_twice_failed_once_and_its_success_is_a_second_fact(
    open_caller: Open, vendor: Vendor
) -> None:
    caller = open_caller()
    vendor.answers = [Outcome("failed"), Outcome("failed")]
    caller.inform_client("fire")
    await caller.turn()
    for _ in range(2):
        caller.hands.retry(caller.call.planned.id)
        await caller.turn()
    assert (caller.state, outcomes(caller)) == ("done", ["fire: failed", "fire: done"])


async def test_each_doubt_of_a_call_is_a_fact_of_its_own(open_caller: Open, vendor: Vendor) -> None:
    caller = open_caller()
    vendor.answers = [Outcome("unknown"), Outcome("unknown")]
    caller.inform_client("fire")
    for _ in range(3):
        await caller.turn()
    assert outcomes(caller) == ["fire: unknown", "fire: unknown", "fire: done"]


async def test_a_refusal_that_passes_is_looked_up_and_repeated(open_caller: Open, vendor: Vendor) -> None:
    caller = open_caller()
    vendor.answers = [Outcome("refused", detail="409")]
    caller.inform_client("fire")
    await caller.turn()
    assert (caller.state, caller.call.detail, caller.call.planned.doubted) == ("planned", "409", True)
    assert caller.call.refused is not None
    await caller.turn()
    assert (vendor.done, vendor.asked, caller.state) == (["fire"], 1, "done")


async def test_a_refusal_behind_which_the_call_was_made_does_not_repeat_it(open_caller: Open, vendor: Vendor) -> None:
    caller = open_caller()
    vendor.answers, vendor.done = [Outcome("refused", detail="302")], ["fire"]
    caller.inform_client("fire")
    await caller.turn()
    await caller.turn()
    assert (vendor.done, caller.state) == (["fire"], "done")


async def test_refusals_without_a_break_are_given_up_after_the_patience_of_the_kind(
    open_caller: Open, vendor: Vendor
) -> None:
    caller = open_caller(patience=timedelta(hours=30))
    vendor.answers = [Outcome("refused", detail="404")] * 3
    caller.inform_client("fire")
    await caller.turn()
    caller.sql("UPDATE effects SET refused = now() - interval '29 hours'")
    await caller.turn()
    assert caller.state == "planned"
    caller.sql("UPDATE effects SET refused = now() - interval '30 hours'")
    await caller.turn()
    assert (caller.state, caller.call.detail) == ("failed", "gave up after 30 hours of refusals: 404")


async def test_a_vendor_that_was_away_in_between_breaks_the_run_of_refusals(open_caller: Open, vendor: Vendor) -> None:
    caller = open_caller()
    vendor.answers = [Outcome("refused"), Outcome("retry"), Outcome("refused")]
    caller.inform_client("fire")
    await caller.turn()
    caller.sql("UPDATE effects SET refused = now() - interval '9 days'")
    await caller.turn()
    assert caller.call.refused is None
    await caller.turn()
    assert caller.state == "planned"


async def test_a_vendor_that_is_away_is_never_given_up_and_asked_ever_more_rarely(
    open_caller: Open, vendor: Vendor
) -> None:
    caller = open_caller(first_pause=timedelta(seconds=1))
    vendor.answers = [Outcome("retry", detail="503")] * 2
    caller.inform_client("fire")
    await caller.turn()
    assert caller.pause <= timedelta(seconds=1)
    caller.sql("UPDATE effects SET tries = 5000, pauses = 5000, next = now()")
    await caller.turn()
    assert (caller.state, caller.pause > timedelta(minutes=14)) == ("planned", True)


async def test_looks_in_vain_get_rarer_as_well(open_caller: Open, vendor: Vendor) -> None:
    caller = open_caller(first_pause=timedelta(seconds=1))
    vendor.answers, vendor.silent = [Outcome("unknown", detail="timeout")], True
    caller.inform_client("fire")
    await caller.turn()
    pauses = []
    for _ in range(12):
        pauses.append(caller.pause.total_seconds())
        caller.sql("UPDATE effects SET next = now()")
        await caller.turn()
    assert (caller.state, caller.call.planned.tries) == ("unknown", 1)
    assert pauses == pytest.approx([min(2.0**turn, QUARTER.total_seconds()) for turn in range(12)], abs=5)


async def test_a_wait_is_no_try_and_its_pauses_grow_to_a_quarter_of_an_hour(open_caller: Open, vendor: Vendor) -> None:
    caller = open_caller(first_pause=timedelta(seconds=1), tries=1)
    vendor.waits = "the ticket is not there yet"
    caller.inform_client("fire")
    for _ in range(1100 // 50):
        await caller.turn()
        assert (caller.state, caller.call.planned.tries) == ("planned", 0)
        caller.sql("UPDATE effects SET next = now()")
    await caller.turn()
    assert caller.call.detail == "the ticket is not there yet"
    assert QUARTER - timedelta(minutes=1) < caller.pause <= QUARTER
    vendor.waits = None
    caller.sql("UPDATE effects SET next = now()")
    await caller.turn()
    assert (vendor.done, caller.call.planned.tries, caller.state) == (["fire"], 1, "done")


async def test_a_call_that_waits_is_made_as_soon_as_another_of_its_aggregate_has_ended(
    open_caller: Open, vendor: Vendor
) -> None:
    caller = open_caller(first_pause=timedelta(minutes=5))
    vendor.waits = "another call"
    caller.inform_client("fire")
    await caller.turn()
    vendor.waits = None
    caller.inform_client("smoke")
    assert await caller.turn() == 1
    await caller.turn()
    assert sorted(vendor.done) == ["fire", "smoke"]


async def test_a_call_that_waits_is_made_as_soon_as_a_fact_of_its_aggregate_is_recorded(
    open_caller: Open, vendor: Vendor
) -> None:
    caller = open_caller(first_pause=timedelta(minutes=5))
    caller.log.listeners.append(caller.worker.committed)
    vendor.waits = "a link"
    caller.inform_client("fire")
    await caller.worker.start()
    await until(lambda: caller.call.detail == "a link")
    vendor.waits = None
    caller.inform_client("not smoke")
    await until(lambda: "fire" in vendor.done)
    await caller.worker.stop()


async def test_a_call_whose_wait_ends_while_it_is_recorded_is_due_at_once(open_caller: Open, vendor: Vendor) -> None:
    caller = open_caller(first_pause=timedelta(minutes=5))
    caller.inform_client("fire")
    answers = iter(["a link", None, None])

    async def ready(*_: object) -> str | None:
        return next(answers)

    caller.kind = caller.kind._replace(ready=ready)
    await caller.turn()
    await caller.turn()
    assert vendor.done == ["fire"]


async def cut_off(caller: Caller) -> None:
    """The process ends after the vendor has acted and before the outcome is recorded."""

    async def call_and_end(planned: object, state: object) -> Outcome:
        await caller.vendor.page(planned, state)  # type: ignore[arg-type]
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await caller.worker.turn(caller.kind._replace(call=call_and_end))
    assert caller.state == "sent"


async def test_the_call_of_a_process_that_ended_is_looked_up_within_seconds(
    open_caller: Open, vendor: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desk.eventstore.connections.presence.GRACE", 0.2)
    one, two = open_caller(timeout=120.0), open_caller(timeout=120.0)
    await one.worker.release()  # takes the lock that says that it lives
    one.inform_client("fire")
    await cut_off(one)
    await asyncio.to_thread(one.log.presence.release)  # the server does so when a process ends
    for _ in range(2):
        await two.worker.release()
        await asyncio.sleep(0.3)
    assert two.state == "unknown" and "ended before" in two.call.detail
    await two.turn()
    assert (vendor.done, two.state) == (["fire"], "done")


async def test_the_call_of_a_living_process_stays_its_own_through_a_lost_connection(
    open_caller: Open, vendor: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desk.eventstore.connections.presence.GRACE", 0.2)
    one, two = open_caller(), open_caller()
    await one.worker.release()
    one.inform_client("fire")
    taken = await one.worker._take(one.kind)
    two.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'desk-triage-presence'")
    with pytest.raises(StoreUnavailable):
        await one.worker.release()
    await one.worker.release()
    for _ in range(3):
        await two.worker.release()
        await asyncio.sleep(0.15)
    assert (len(taken), await two.turn(), vendor.done) == (1, 0, [])


async def test_an_outcome_that_could_not_be_recorded_is_looked_up_at_once(
    open_caller: Open, vendor: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller = open_caller(timeout=120.0)
    caller.inform_client("fire")

    async def away(*_: object) -> None:
        raise StoreUnavailable("the database does not answer")

    with monkeypatch.context() as broken:
        broken.setattr(caller.worker, "_record_outcome", away)
        await caller.turn()
    assert caller.state == "sent"
    await caller.worker.release()
    await caller.turn()
    assert (vendor.done, caller.state) == (["fire"], "done")


async def test_a_mistake_in_a_kind_is_not_repeated_every_second(open_caller: Open, vendor: Vendor) -> None:
    caller = open_caller()
    caller.inform_client("fire")
    caller.kind = caller.kind._replace(stale=lambda _planned, _state: bool(1 / 0))
    await caller.turn()
    await caller.worker.release()
    assert (await caller.turn(), vendor.done) == (0, [])


def test_open_calls_come_first_and_are_found_by_the_beginning_of_their_id(open_caller: Open) -> None:
    caller = open_caller()
    caller.inform_client("fire", "smoke", "flood")
    first, second, third = caller.hands.listed()
    caller.sql("UPDATE effects SET state = 'done', ended = now() WHERE id = %s", first.planned.id)
    caller.sql("UPDATE effects SET state = 'failed', ended = now() + interval '1 s' WHERE id = %s", second.planned.id)
    ids = [row.planned.id for row in caller.hands.listed()]
    assert ids == [third.planned.id, second.planned.id, first.planned.id]
    assert [row.planned.id for row in caller.hands.listed("open")] == [third.planned.id]
    beginning = str(second.planned.id)[:13]
    assert [row.planned.id for row in caller.hands.listed(beginning=beginning)] == [second.planned.id]


async def until(holds: Callable[[], bool]) -> None:
    for _ in range(500):
        if holds():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it did not come about within 10 s")
