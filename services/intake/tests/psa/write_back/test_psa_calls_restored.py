"""A store that was restored to an earlier state repeats no call of any kind."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial

import pytest
from psycopg import Cursor

from desk.contract.ticket.intake import facts as f
from desk.contract.ticket.intake.conversation import NoteAdded
from desk.contract.ticket.triage import dispatch as d
from desk.contract.ticket.triage import ends as en
from desk.service.composition import ServiceApp
from desk_deploy.testing.psa_bench import Bench, another_intake, bench
from desk_triage.main import TRIAGE

from ...psa_calls import by_phone, calls, ours, record, replicate, reply, writes

pytestmark = pytest.mark.postgres


@pytest.fixture
async def desk(database: str) -> AsyncIterator[Bench]:
    async with bench(database, TRIAGE) as found:
        await found.poller.round(sweep=True)
        yield found


COPY = "older"


async def create(desk: Bench, _number: int) -> None:
    await record(desk.intake, "T-1", by_phone(desk))


async def create_and_reply(desk: Bench, _number: int) -> None:
    await record(desk.intake, "T-1", by_phone(desk))
    await record(desk.intake, "T-1", reply())


async def answer(desk: Bench, number: int) -> None:
    await record(desk.intake, ours(number), reply(), NoteAdded(note="n1", internal=True, text="Fuse blown"))


async def notice(desk: Bench, number: int) -> None:
    desk.clock.advance()
    desk.jdoe.close(number)
    await replicate(desk)


async def own(desk: Bench, number: int) -> None:
    await record(desk.hosted["triage"], ours(number), d.Assigned(technician="mlopez", revision=1))
    await replicate(desk)


async def resolve(desk: Bench, number: int) -> None:
    await record(desk.hosted["triage"], ours(number), d.Assigned(technician="mlopez", revision=1))
    await record(desk.hosted["triage"], ours(number), en.Resolved(), cycle=1)
    await replicate(desk)


async def move(desk: Bench, number: int) -> None:
    queued = d.Queued(queue="Network", revision=9)
    await record(desk.hosted["triage"], ours(number), queued)
    await replicate(desk)


async def restate(desk: Bench, number: int) -> None:
    await record(desk.intake, ours(number), f.ProblemRestated(statement="Whole office offline", text_hash="h2"))


def tables(desk: Bench) -> list[str]:
    query = (
        "SELECT table_name FROM information_schema.tables WHERE table_schema = 'intake' AND table_type = 'BASE TABLE'"
    )
    rows = desk.intake.service.log.store.execute(lambda cursor: cursor.execute(query).fetchall())
    return [name for (name,) in rows if not name.endswith("schema_versions")]


def run_sql(desk: Bench, *statements: str) -> None:
    store = desk.hosted["triage"].service.log.store
    for statement in statements:
        store.execute(partial(Cursor.execute, query=statement.encode()))


def dump(desk: Bench) -> None:
    names = tables(desk)
    run_sql(desk, f"CREATE SCHEMA {COPY}", *(f"CREATE TABLE {COPY}.{t} AS TABLE intake.{t}" for t in names))


def restore(desk: Bench) -> None:
    names = sorted(path.removeprefix(f"{COPY}.") for path in copies(desk))
    run_sql(desk, "TRUNCATE " + ", ".join(f"intake.{t}" for t in names))
    run_sql(desk, *(f"INSERT INTO intake.{t} SELECT * FROM {COPY}.{t}" for t in names))


def copies(desk: Bench) -> list[str]:
    query = f"SELECT table_name FROM information_schema.tables WHERE table_schema = '{COPY}'"
    rows = desk.hosted["triage"].service.log.store.execute(lambda c: c.execute(query.encode()).fetchall())
    return [name for (name,) in rows]


Plan = Callable[[Bench, int], Awaitable[None]]


@pytest.mark.parametrize("plan", [create, create_and_reply, answer, notice, own, resolve, move, restate])
async def test_what_was_made_after_the_dump_is_not_made_again(desk: Bench, database: str, plan: Plan) -> None:
    number = desk.open_ticket()
    await desk.settle()
    await plan(desk, number)
    dump(desk)
    await desk.settle()
    await desk.until_called()
    before = writes(desk)
    assert before
    records = {row["id"]: row for row in desk.psa.state.table("ticket")}
    await desk.intake.service.stop()
    restore(desk)
    async with another_intake(desk, database) as (hosted, _):
        await until_called(hosted)
        assert writes(desk) == before
        assert {row["id"]: row for row in desk.psa.state.table("ticket")} == records
        assert {state for _, state in calls(hosted)} <= {"done", "superseded"}


@pytest.mark.parametrize("plan", [create, answer, own, restate])
async def test_the_outcome_of_a_call_is_one_fact_whatever_its_tries(desk: Bench, database: str, plan: Plan) -> None:
    """Restore the tickets' facts from peers, without the outcomes and tries of calls."""
    number = desk.open_ticket()
    await desk.settle()
    await plan(desk, number)
    await desk.settle()
    await desk.until_called()
    facts = (
        "SELECT topic, count(*) FROM stored_events WHERE own AND topic LIKE 'desk.intake.psa-%' GROUP BY 1 ORDER BY 1"
    )
    store = desk.intake.service.log.store
    before = store.execute(lambda cursor: cursor.execute(facts).fetchall())
    assert ("desk.intake.psa-synced.v1" in dict(before)) and writes(desk)
    await desk.intake.service.stop()
    run_sql(desk, "DELETE FROM intake.stored_events WHERE originator_id LIKE 'ops:%'")
    run_sql(desk, "UPDATE intake.effects SET state = 'unknown', tries = 0, ended = NULL WHERE state = 'done'")
    async with another_intake(desk, database) as (hosted, _):
        await until_called(hosted)
        after = hosted.service.log.store.execute(lambda cursor: cursor.execute(facts).fetchall())
    assert after == before


async def until_called(hosted: ServiceApp) -> None:
    """Make calls until none is open, without their pauses."""
    store = hosted.service.log.store
    for _ in range(20):
        for kind in hosted.service.spec.kinds:
            await hosted.service.worker.turn(kind)
        if not store.execute(lambda c: c.execute("UPDATE effects SET next = now() WHERE ended IS NULL").rowcount):
            return
    raise AssertionError(f"calls are left: {calls(hosted)}")
