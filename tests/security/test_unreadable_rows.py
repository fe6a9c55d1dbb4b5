"""A row that nobody can read is left out and named: lists, exports, checks and the command line go on past it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import msgspec
import psycopg
import pytest
import pytest_asyncio
from tests.journeys.people import Desk
from tests.security.calling import listed, token
from tests.security.routes import SERVICES

from desk.decision.principal import Role
from desk.http.reads.page import Page
from desk.http.reads.paging import UNREADABLE
from desk.http.reads.ticket_responses import TicketRow
from desk.projections.rebuild import build_missing
from desk_deploy.cli.admin.verify import one_pass
from desk_deploy.cli.client import Desk as CommandLine

pytestmark = [pytest.mark.postgres, pytest.mark.asyncio(loop_scope="module")]
BEFORE_YEAR_ONE = "0001-12-31 10:00:00+00 BC"
BAD_TIME = "0001-01-01T00:00:00+14:00"
"""As a release before bounds took it in a body, and as .NET writes an empty date in the far east."""


def sql(database: str, *statements: str) -> None:
    with psycopg.connect(database, autocommit=True) as session:
        for statement in statements:
            session.execute(statement.encode())


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def tickets(shared_desk: Desk, shared_database: str) -> AsyncIterator[list[str]]:
    """Three tickets that every service knows; the rows of the second were written by an earlier release."""
    opened = [await shared_desk.opens(kind="quick", problem=f"problem {number}") for number in range(3)]
    reader = token(shared_desk, Role.ADMIN, None)
    for service in SERVICES:
        assert await listed(shared_desk, f"/{service}/tickets", reader, opened[-1])
    assert await listed(shared_desk, "/sla/due", reader, opened[-1])
    poison(shared_database, opened[1])
    yield opened


def poison(database: str, ticket: str) -> None:
    """Write rows as they came from a fact of the year before 1."""
    views = [f"UPDATE {s}.tickets SET opened_at = '{BEFORE_YEAR_ONE}' WHERE ticket_id = '{ticket}'" for s in SERVICES]
    sql(database, *views, f"UPDATE sla.clocks SET due = '{BEFORE_YEAR_ONE}' WHERE ticket_id = '{ticket}'")


async def pages(desk: Desk, path: str, limit: int) -> tuple[list[dict[str, Any]], list[dict[str, str]]]:
    """Every item of a list and every row that it could not read."""
    reader = token(desk, Role.ADMIN, None)
    items, unreadable, service = [], [], path.split("/")[1]
    address: str | None = f"{path}?limit={limit}"
    while address is not None:
        answer = await desk.http.get(address, headers=reader)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert int(answer.headers.get(UNREADABLE, 0)) == len(page.get("unreadable", ()))
        items += page["items"]
        unreadable += page.get("unreadable", ())
        following = page["next"]
        address = following if following is None or following.startswith(path) else f"/{service}{following}"
    return items, unreadable


@pytest.mark.parametrize("limit", [1, 2, 50])
@pytest.mark.parametrize("service", SERVICES)
async def test_a_list_names_the_row_and_brings_all_others(
    shared_desk: Desk, tickets: list[str], service: str, limit: int
) -> None:
    items, unreadable = await pages(shared_desk, f"/{service}/tickets", limit)
    assert {item["ticket_id"] for item in items} >= {tickets[0], tickets[2]}
    ((named),) = [row for row in unreadable if row["row"] == tickets[1]]
    assert "opened_at" in named["reason"] and "desk rebuild" in named["remedy"]


@pytest.mark.parametrize("limit", [1, 50])
async def test_the_list_of_due_clocks_goes_on_past_the_row(shared_desk: Desk, tickets: list[str], limit: int) -> None:
    items, unreadable = await pages(shared_desk, "/sla/due", limit)
    assert {item["ticket_id"] for item in items} >= {tickets[0], tickets[2]}
    assert any(row["row"].startswith(f"{tickets[1]} ") and "due" in row["reason"] for row in unreadable)


@pytest.mark.parametrize("service", SERVICES)
async def test_an_export_names_the_row_in_a_line_at_its_end(
    shared_desk: Desk, tickets: list[str], service: str
) -> None:
    reader = token(shared_desk, Role.ADMIN, None)
    answer = await shared_desk.http.get(f"/{service}/exports/tickets", headers=reader)
    *lines, last = (msgspec.json.decode(line) for line in answer.content.splitlines())
    assert last["unreadable"]["row"] == tickets[1]
    assert {line["ticket_id"] for line in lines} >= {tickets[0], tickets[2]}
    metrics = (await shared_desk.http.get(f"/{service}/metrics")).text
    assert 'desk_unreadable_rows_total{list="exports/tickets"}' in metrics
    for export in ("observations", "facts", "digests"):
        assert (await shared_desk.http.get(f"/{service}/exports/{export}", headers=reader)).status_code == 200
    assert (await shared_desk.http.get("/sla/exports/sla", headers=reader)).status_code == 200


async def test_the_command_line_prints_the_row_and_verifies_the_rest(
    shared_desk: Desk, tickets: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    bearer = token(shared_desk, Role.ADMIN, None)["Authorization"].removeprefix("Bearer ")

    def ask() -> tuple[set[str], list[Any]]:
        with CommandLine(shared_desk.running.url, bearer) as desk:
            found = {row.ticket_id for row in desk.pages("/triage/tickets", Page[TicketRow])}
            return found, one_pass(desk)[1]

    shown, differences = await asyncio.to_thread(ask)
    assert shown >= {tickets[0], tickets[2]} and tickets[1] not in shown
    assert {(d.kind, d.aggregate) for d in differences} == {("view", tickets[1])}
    assert f"{tickets[1]} cannot be read: opened_at is {BEFORE_YEAR_ONE}" in capsys.readouterr().err


async def test_a_rebuild_makes_the_row_readable_again(
    shared_desk: Desk, tickets: list[str], shared_database: str
) -> None:
    operator = token(shared_desk, Role.ADMIN, None)
    for service in SERVICES:
        rebuilt = await shared_desk.http.post(f"/{service}/views/tickets/rebuild", headers=operator)
        assert rebuilt.status_code == 200, rebuilt.text
        items, unreadable = await pages(shared_desk, f"/{service}/tickets", 50)
        assert tickets[1] in {item["ticket_id"] for item in items} and unreadable == []
    poison(shared_database, tickets[1])
    for service in SERVICES:
        log = shared_desk.running.hosted[service].service.log
        rebuilt_at_start = await asyncio.to_thread(build_missing, log)
        assert {view.view for view in rebuilt_at_start} == ({"tickets", "clocks"} if service == "sla" else {"tickets"})
        assert await asyncio.to_thread(build_missing, log) == []


async def test_a_fact_of_the_year_before_1_is_heard_shown_and_equal_everywhere(
    shared_desk: Desk, tickets: list[str], shared_database: str
) -> None:
    made = recorded_by_an_earlier_release(shared_desk, shared_database, tickets[0])
    reader = token(shared_desk, Role.ADMIN, None)
    for service in ("triage", "sla", "billing", "docs"):
        assert await listed(shared_desk, f"/{service}/tickets", reader, made)
        assert (await shared_desk.http.get(f"/{service}/parked", headers=reader)).json()["items"] == []
    await shared_desk.http.post("/intake/views/tickets/rebuild", headers=reader)
    for service in SERVICES:
        shown = (await shared_desk.http.get(f"/{service}/tickets/{made}", headers=reader)).json()
        assert shown["opened_at"] == "1970-01-01T00:00:00Z"
        assert (await shared_desk.http.get(f"/{service}/tickets/{made}/timeline", headers=reader)).status_code == 200
    lines = await digests(shared_desk, made)
    assert len({line["digest"] for line in lines}) == 1
    assert all(line["view"] is True for line in lines)
    facts = await shared_desk.http.get("/intake/exports/facts", params={"ticket": made}, headers=reader)
    assert BAD_TIME in facts.text, "the bytes of a recorded fact stay as they are"


async def digests(desk: Desk, ticket: str) -> list[dict[str, Any]]:
    """Every service's line of the ticket, once all have heard the same."""
    reader = token(desk, Role.ADMIN, None)
    for _ in range(100):
        answers = [await desk.http.get(f"/{service}/exports/digests", headers=reader) for service in SERVICES]
        every = [msgspec.json.decode(line) for answer in answers for line in answer.content.splitlines()]
        lines = [line for line in every if line.get("aggregate") == ticket]
        if len(lines) == len(SERVICES) and all(line["vector"] == lines[0]["vector"] for line in lines):
            return lines
        await asyncio.sleep(0.2)
    raise AssertionError("the services never heard the same of the ticket")


def recorded_by_an_earlier_release(desk: Desk, database: str, like: str) -> str:
    """A ticket of intake whose opening names the year before 1; its id."""
    made, identity = str(uuid4()), uuid4()
    with psycopg.connect(database, autocommit=True) as session:
        query = "SELECT topic, state, recorded FROM intake.stored_events WHERE originator_id = %s AND ownerseq = 1"
        topic, raw, recorded = session.execute(query, (like,)).fetchone() or (None, None, None)
        fact = msgspec.json.decode(bytes(raw or b""))
        fact |= {"id": str(identity), "subject": made, "correlationid": str(identity), "time": BAD_TIME}
        fact["data"] |= {"opened_at": BAD_TIME}
        raw_fact, sign = msgspec.json.encode(fact), desk.running.hosted["intake"].service.log.store.sign
        assert sign is not None
        session.execute(
            "INSERT INTO intake.stored_events (originator_id, originator_version, topic, state, event_id, owner,"
            " ownerseq, recorded, own, signature) VALUES (%s, 1, %s, %s, %s, 'intake', 1, %s, true, %s)",
            (made, topic, raw_fact, identity, recorded, sign(raw_fact)),
        )
    return made


async def test_an_aggregate_that_cannot_be_folded_is_named_by_the_digests(
    shared_desk: Desk, tickets: list[str], shared_database: str
) -> None:
    broken = str(uuid4())
    sql(
        shared_database,
        "INSERT INTO docs.stored_events (originator_id, originator_version, topic, state, event_id, owner, ownerseq,"
        f" recorded, own) VALUES ('{broken}', 1, 'desk.sla.x.v1', '{{}}', gen_random_uuid(), 'sla', 1, now(), false)",
    )
    reader = token(shared_desk, Role.ADMIN, None)
    answer: httpx.Response = await shared_desk.http.get("/docs/exports/digests", headers=reader)
    lines = {line["aggregate"]: line for line in map(msgspec.json.decode, answer.content.splitlines())}
    assert lines[broken]["unreadable"] and lines[broken]["vector"] == {"sla": 1}
    assert lines[tickets[0]]["digest"] and "unreadable" not in lines[tickets[0]]
    observed = await shared_desk.http.get("/docs/exports/observations", headers=reader)
    assert msgspec.json.decode(observed.content.splitlines()[-1])["unreadable"]["row"] == broken
    rebuilt = await shared_desk.http.post("/docs/views/tickets/rebuild", headers=reader)
    assert rebuilt.status_code == 200, rebuilt.text
