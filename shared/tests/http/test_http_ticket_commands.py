"""Commands over HTTP on a real event store: recorded once, answered with Desk-Seen, refused for other clients."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import pytest

from desk.contract.event import Draft, Stream
from desk.contract.ticket.intake.conversation import NoteAdded
from desk.contract.ticket.intake.facts import TicketOpened
from desk.contract.ticket.ticket import Ticket
from desk.decision.command import Body, TicketBody, command
from desk.decision.context import DecisionContext
from desk.decision.principal import Role
from desk.eventstore.aggregate_id import aggregate_of
from desk.eventstore.aggregate_replica import Replica
from desk.eventstore.catalogue_event_model import catalogued
from desk.eventstore.event_log import EventLog
from desk.eventstore.handler_registry import Tables
from desk.eventstore.schema import migrate
from desk.http.commands.ticket_commands import NO_TICKET, TicketCommands, command_routes
from desk.testing.http import AppliedAtOnce, Bench, fresh_key
from desk.testing.notes import NoPolicies

pytestmark = pytest.mark.postgres


class Open(Body):
    client: str
    problem: str


class Note(TicketBody):
    text: str


def open_ticket(body: Open, _: Ticket, on: DecisionContext) -> list[Draft]:
    opened = TicketOpened(
        kind="incident",
        profile="incident",
        client=body.client,
        channel="phone",
        opened_at=on.now,
        problem=body.problem,
        command=str(on.id),
    )
    return [Draft(data=opened, cycle=1)]


def add_note(body: Note, _: Ticket, on: DecisionContext) -> list[Draft]:
    return [Draft(data=NoteAdded(note=str(on.id), internal=True, text=body.text))]


TABLE = (
    command("open-ticket", Open, "1", open_ticket, "Open a ticket", opens=True),
    command("note", Note, "1", add_note, "Add a note"),
)


@pytest.fixture
def log(database: str) -> Iterator[EventLog]:
    migrate(database, "intake")
    log = EventLog(database, "intake", catalogued(), Tables(), NoPolicies())
    log.start()
    yield log
    log.stop()


def commands_on(log: EventLog, progress: AppliedAtOnce | None = None) -> Bench:
    runner = TicketCommands(log, NoPolicies(), lambda _ticket, _state: lambda text: text)
    return Bench([command_routes(TABLE, runner)], service="intake", progress=progress)


@pytest.fixture
def bench(log: EventLog) -> Bench:
    return commands_on(log)


async def send_open_ticket(client: Any, key: dict[str, str]) -> Any:
    return await client.post("/tickets", json={"client": "acme", "problem": "printer"}, headers=key)


async def test_a_ticket_is_opened_once_however_often_the_command_is_sent(bench: Bench, log: EventLog) -> None:
    key = fresh_key()
    async with bench.client(Role.TIER1) as client:
        answers = await asyncio.gather(*(send_open_ticket(client, key) for _ in range(20)))
    assert sorted(answer.status_code for answer in answers) == [200] * 19 + [201]
    assert len({str(answer.json()["facts"]) for answer in answers}) == 1
    assert len({answer.json()["subject"] for answer in answers}) == 1
    assert answers[0].headers["desk-seen"] == "intake=1"
    assert log.store.read(lambda reads: reads.totals())[0] == 1


async def test_a_key_used_for_another_command_is_refused(bench: Bench) -> None:
    key = fresh_key()
    async with bench.client(Role.TIER1) as client:
        ticket = (await send_open_ticket(client, key)).json()["subject"]
        again = await client.post("/tickets", json={"client": "acme", "problem": "screen"}, headers=key)
        other = await client.post(f"/tickets/{ticket}/note", json={"cycle": 1, "text": "x"}, headers=key)
    assert [answer.json()["code"] for answer in (again, other)] == ["idempotency_key_reused"] * 2


async def test_a_command_on_a_ticket_answers_its_facts_cycle_and_status(bench: Bench) -> None:
    async with bench.client(Role.TIER1) as client:
        ticket = (await send_open_ticket(client, fresh_key())).json()["subject"]
        note = await client.post(f"/tickets/{ticket}/note", json={"cycle": 1, "text": "x"}, headers=fresh_key())
        old = await client.post(f"/tickets/{ticket}/note", json={"cycle": 2, "text": "x"}, headers=fresh_key())
    body = note.json()
    assert (note.status_code, body["cycle"], body["status"], body["seen"]) == (200, 1, "new", {"intake": 2})
    assert [fact["type"] for fact in body["facts"]] == ["desk.intake.note-added.v1"]
    assert (old.json()["code"], old.json()["seen"], old.json()["now"]) == ("cycle_conflict", 2, 1)


async def test_what_was_seen_elsewhere_is_waited_for_and_missed_with_the_numbers(log: EventLog) -> None:
    progress = AppliedAtOnce({"docs": 6, "triage": 3})
    async with commands_on(log, progress).client(Role.TIER1) as client:
        ticket = (await send_open_ticket(client, fresh_key())).json()["subject"]
        path, body = f"/tickets/{ticket}/note", {"cycle": 1, "text": "x"}
        headers = {**fresh_key(), "Desk-Seen": "docs=7, triage=3"}
        early = await client.post(path, json=body, headers=headers)
        progress.held = {"docs": 7, "triage": 3}
        late = await client.post(path, json=body, headers=headers)
    assert (early.status_code, early.json()["code"], early.headers["retry-after"]) == (409, "not_heard_yet", "1")
    assert early.json()["behind"] == {"docs": 6}
    assert late.status_code == 200
    assert progress.asked[-1] == (ticket, {"docs": 7, "triage": 3}, 2.0)


async def test_another_clients_ticket_and_an_unknown_one_are_refused(bench: Bench) -> None:
    async with bench.client(Role.TIER1) as client:
        ticket = (await send_open_ticket(client, fresh_key())).json()["subject"]
    async with bench.client(Role.TIER1, clients=["other"], sub="bob") as client:
        note = await client.post(f"/tickets/{ticket}/note", json={"cycle": 1, "text": "x"}, headers=fresh_key())
        new = await send_open_ticket(client, fresh_key())
    async with bench.client(Role.TIER1) as client:
        unknown = await client.post("/tickets/nope/note", json={"cycle": 1, "text": "x"}, headers=fresh_key())
    codes = [answer.json()["code"] for answer in (note, new, unknown)]
    assert codes == ["forbidden_client", "forbidden_client", "unknown_ticket"]


async def test_desk_seen_of_another_clients_ticket_is_answered_as_of_a_ticket_that_nobody_has(log: EventLog) -> None:
    progress = AppliedAtOnce({"docs": 6, "intake": 3})
    progress.tickets[NO_TICKET] = {}
    progress.tickets["nope"] = {}
    bench = commands_on(log, progress)
    async with bench.client(Role.TIER1) as client:
        ticket = (await send_open_ticket(client, fresh_key())).json()["subject"]
    async with bench.client(Role.TIER1, clients=["other"], sub="bob") as client:
        body, seen = {"cycle": 1, "text": "x"}, {"Desk-Seen": "docs=7, intake=1"}
        foreign, unknown = [
            (await client.post(f"/tickets/{one}/note", json=body, headers={**fresh_key(), **seen})).json()
            for one in (ticket, "nope")
        ]
    assert foreign["code"] == "not_heard_yet"
    assert foreign == unknown
    assert foreign["behind"] == {"docs": 0, "intake": 0}


async def test_a_repeat_is_refused_after_the_scope_was_taken_away(bench: Bench) -> None:
    body, key = {"cycle": 1, "text": "x"}, fresh_key()
    async with bench.client(Role.TIER1, clients=["acme"]) as client:
        opened = fresh_key()
        ticket = (await send_open_ticket(client, opened)).json()["subject"]
        note = await client.post(f"/tickets/{ticket}/note", json=body, headers=key)
        again = await client.post(f"/tickets/{ticket}/note", json=body, headers=key)
    assert (note.status_code, again.status_code) == (200, 200)
    async with bench.client(Role.TIER1, clients=["other"]) as client:
        taken = await client.post(f"/tickets/{ticket}/note", json=body, headers=key)
        reopened = await send_open_ticket(client, opened)
    assert [answer.json()["code"] for answer in (taken, reopened)] == ["forbidden_client"] * 2


@pytest.mark.alone
async def test_a_database_that_answers_slowly_holds_up_nothing_else(
    bench: Bench, log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = log.replica

    def slow(stream: Stream, subject: str) -> Replica:
        time.sleep(0.3)
        return read(stream, subject)

    async with bench.client(Role.TIER1) as client:
        ticket = (await send_open_ticket(client, fresh_key())).json()["subject"]
        log.cache.drop([aggregate_of(Stream.TICKETS, ticket)])
        monkeypatch.setattr(log, "replica", slow)
        path, body = f"/tickets/{ticket}/note", {"cycle": 1, "text": "x"}
        start = time.perf_counter()
        note = asyncio.create_task(client.post(path, json=body, headers=fresh_key()))
        await asyncio.sleep(0.05)
        await client.get("/health/live")
        assert time.perf_counter() - start < 0.25
        assert (await note).status_code == 200
