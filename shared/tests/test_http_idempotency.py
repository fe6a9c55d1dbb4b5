"""A command is answered once per principal and key: repeats get the earlier facts, other commands are refused."""

from __future__ import annotations

import asyncio
from typing import Annotated
from uuid import UUID

import pytest
from fastapi import APIRouter, Depends
from pydantic import BaseModel

from desk.http.commands import Call, CommandAnswer, FactRecorded, answered, command
from desk.http.idempotency import Answer, Asked, Idempotency, command_id, fingerprint
from desk.http.problems import Problem
from desk.log.errors import Conflict, StoreUnavailable
from desk.principals import Role
from desk.refusals import Refusal
from desk.testing.clock import START
from desk.testing.http import Bench, Heard, MemoryIdempotency, fresh_key

KEY = {"Idempotency-Key": "k-1"}


class Note(BaseModel):
    text: str
    cycle: int = 1


class Desk:
    """Notes on one ticket: each is a fact; `closed` refuses further ones; `fail` is raised once before the append."""

    def __init__(self, heard: Heard | None = None) -> None:
        self.facts: list[UUID] = []
        self.closed = False
        self.fail: Exception | None = None
        self.bench = Bench([self.router()], heard=heard)

    def router(self) -> APIRouter:
        router = APIRouter()

        @router.post("/tickets/{ticket}/note")
        async def note(ticket: str, body: Note, call: Annotated[Call, Depends(command(Role.TIER1))]) -> object:
            async def work() -> Answer:
                return self.append(call, ticket)

            return await call.once(work, ticket)

        return router

    def append(self, call: Call, ticket: str) -> Answer:
        if self.closed:
            raise Refusal("ticket_closed")
        if self.fail is not None:
            fail, self.fail = self.fail, None
            raise fail
        fact = FactRecorded(call.id, "desk.intake.note-added.v1", len(self.facts) + 1)
        answer = CommandAnswer(subject=ticket, facts=(fact,), seen={"intake": fact.ownerseq})
        self.bench.store.write(call.record(answer, START, status=201))
        self.facts.append(fact.id)
        return answered(answer, 201)


async def test_a_repeat_gets_200_and_the_earlier_facts_and_records_nothing() -> None:
    desk = Desk()
    async with desk.bench.client(Role.TIER1) as client:
        first = await client.post("/tickets/t-1/note", json={"text": "x"}, headers=KEY)
        again = await client.post("/tickets/t-1/note", json={"text": "x"}, headers=KEY)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.content == again.content
    assert first.headers["desk-seen"] == again.headers["desk-seen"] == "intake=1"
    assert ("idempotency-repeated" in first.headers, again.headers["idempotency-repeated"]) == (False, "true")
    assert desk.facts == [command_id("ann", "k-1")]


async def test_a_first_command_costs_no_lookup() -> None:
    desk = Desk()
    async with desk.bench.client(Role.TIER1) as client:
        await client.post("/tickets/t-1/note", json={"text": "x"}, headers=KEY)
    assert desk.bench.store.lookups == 0


async def test_order_of_keys_and_blanks_do_not_make_another_command() -> None:
    desk = Desk()
    json = {**KEY, "content-type": "application/json"}
    async with desk.bench.client(Role.TIER1) as client:
        await client.post("/tickets/t-1/note", content=b'{"text": "x", "cycle": 2}', headers=json)
        again = await client.post("/tickets/t-1/note", content=b'{"cycle":2,"text":"x"}', headers=json)
    assert (again.status_code, len(desk.facts)) == (200, 1)


@pytest.mark.parametrize(
    ("path", "text"), [("/tickets/t-1/note", "y"), ("/tickets/t-2/note", "x"), ("/tickets/t-1/note?a=1", "x")]
)
async def test_the_same_key_for_another_command_is_refused(path: str, text: str) -> None:
    desk = Desk()
    async with desk.bench.client(Role.TIER1) as client:
        await client.post("/tickets/t-1/note", json={"text": "x"}, headers=KEY)
        other = await client.post(path, json={"text": text}, headers=KEY)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert len(desk.facts) == 1


async def test_the_same_key_of_another_person_is_another_command() -> None:
    desk = Desk()
    for name in ("ann", "bob"):
        async with desk.bench.client(Role.TIER1, sub=name) as client:
            answer = await client.post("/tickets/t-1/note", json={"text": "x"}, headers=KEY)
        assert answer.status_code == 201
    assert desk.facts == [command_id("ann", "k-1"), command_id("bob", "k-1")]


async def test_a_repeat_is_answered_also_when_the_command_would_be_refused_by_now() -> None:
    desk = Desk()
    async with desk.bench.client(Role.TIER1) as client:
        await client.post("/tickets/t-1/note", json={"text": "x"}, headers=KEY)
        desk.closed = True
        again = await client.post("/tickets/t-1/note", json={"text": "x"}, headers=KEY)
        new = await client.post("/tickets/t-1/note", json={"text": "x"}, headers=fresh_key())
    assert (again.status_code, new.json()["code"]) == (200, "ticket_closed")


async def test_a_refusal_is_not_recorded_and_the_key_may_be_used_again() -> None:
    desk = Desk()
    desk.closed = True
    async with desk.bench.client(Role.TIER1) as client:
        refused = await client.post("/tickets/t-1/note", json={"text": "x"}, headers=KEY)
        desk.closed = False
        accepted = await client.post("/tickets/t-1/note", json={"text": "y"}, headers=KEY)
    assert (refused.status_code, accepted.status_code) == (409, 201)


async def test_a_command_whose_commit_was_unknown_is_found_by_its_repeat() -> None:
    desk = Desk()
    async with desk.bench.client(Role.TIER1) as client:
        desk.fail = StoreUnavailable("away")
        away = await client.post("/tickets/t-1/note", json={"text": "x"}, headers=KEY)
        again = await client.post("/tickets/t-1/note", json={"text": "x"}, headers=KEY)
    assert (away.status_code, away.headers["retry-after"], again.status_code) == (503, "2", 201)
    assert len(desk.facts) == 1


async def test_a_conflict_about_something_else_stays_a_conflict() -> None:
    desk = Desk()
    desk.fail = Conflict("version taken")
    async with desk.bench.client(Role.TIER1) as client:
        answer = await client.post("/tickets/t-1/note", json={"text": "x"}, headers=KEY)
    assert (answer.status_code, answer.json()["code"], answer.json()["retryable"]) == (409, "write_conflict", True)


async def test_a_hundred_repeats_at_once_record_one_fact() -> None:
    desk = Desk()
    async with desk.bench.client(Role.TIER1) as client:
        posts = [client.post("/tickets/t-1/note", json={"text": "x"}, headers=KEY) for _ in range(100)]
        answers = await asyncio.gather(*posts)
    assert sorted(answer.status_code for answer in answers) == [200] * 99 + [201]
    assert len(desk.facts) == 1


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({}, 400, "idempotency_key_missing"),
        ({"Idempotency-Key": ""}, 400, "idempotency_key_missing"),
        ({"Idempotency-Key": "two words"}, 422, "invalid_field"),
        ({"Idempotency-Key": "x" * 201}, 422, "invalid_field"),
    ],
)
async def test_a_command_without_a_usable_key_is_refused(headers: dict[str, str], status: int, code: str) -> None:
    async with Desk().bench.client(Role.TIER1) as client:
        answer = await client.post("/tickets/t-1/note", json={"text": "x"}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_what_the_caller_has_seen_is_waited_for_and_missed_with_the_numbers() -> None:
    heard = Heard({"docs": 6, "triage": 3})
    async with Desk(heard).bench.client(Role.TIER1) as client:
        seen = {**KEY, "Desk-Seen": "docs=7, triage=3"}
        answer = await client.post("/tickets/t-1/note", json={"text": "x"}, headers=seen)
        heard.held = {"docs": 7, "triage": 3}
        later = await client.post("/tickets/t-1/note", json={"text": "x"}, headers=seen)
    assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (409, "not_heard_yet", "1")
    assert answer.json()["behind"] == {"docs": 6}
    assert later.status_code == 201
    assert heard.asked[0] == ("t-1", {"docs": 7, "triage": 3}, 2.0)


def asked(body: bytes = b"{}") -> Asked:
    return Asked("ann", "k", fingerprint("POST", "/x?", body))


def test_a_command_id_is_fixed_by_principal_and_key_for_all_time() -> None:
    assert command_id("ann", "k-1") == UUID("907034ea-96de-5dfa-bbbb-5c8a27cd1211")
    assert len({command_id("ann", "k-1"), command_id("bob", "k-1"), command_id("ann", "k-2")}) == 3


async def test_a_repeat_waits_for_the_first_and_gives_up_in_time() -> None:
    idempotency, started = Idempotency(MemoryIdempotency(), patience=0.05), asyncio.Event()

    async def slow() -> Answer:
        started.set()
        await asyncio.sleep(0.3)
        return Answer(200, b"{}")

    first = asyncio.create_task(idempotency.once(asked(), slow))
    await started.wait()
    with pytest.raises(Problem, match="idempotency_in_progress"):
        await idempotency.once(asked(), slow)
    assert await first == (Answer(200, b"{}"), False)
    assert idempotency._flights == {}


async def test_another_process_that_was_first_is_answered_from_its_record() -> None:
    store = MemoryIdempotency()
    store.write(asked().record(Answer(201, b'{"by":"the other"}'), START))

    async def work() -> Answer:
        store.write(asked().record(Answer(201, b'{"by":"us"}'), START))
        return Answer(201, b'{"by":"us"}')

    assert await Idempotency(store).once(asked(), work) == (Answer(201, b'{"by":"the other"}'), True)


async def test_a_failure_inside_the_command_passes_through_and_frees_the_key() -> None:
    idempotency = Idempotency(MemoryIdempotency())

    async def broken() -> Answer:
        raise TimeoutError("the command's own")

    with pytest.raises(TimeoutError, match="own"):
        await idempotency.once(asked(), broken)
    assert idempotency._flights == {}


@pytest.mark.parametrize("body", [b"", b"\xff", b"[" * 100_000, b"not json"])
def test_any_body_has_a_fingerprint(body: bytes) -> None:
    assert len(fingerprint("POST", "/x?", body)) == 64
