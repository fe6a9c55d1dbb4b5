"""A policy that one process of a service publishes is in force in the others, without a restart."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from desk.contract.event import Actor, Draft, Stream
from desk.contract.streams.policies import Policy, PolicyPublished
from desk.decision.context import DecisionContext
from desk.eventstore.catalogue_event_model import catalogued
from desk.eventstore.errors import StoreUnavailable
from desk.eventstore.event_log import EventLog
from desk.eventstore.handler_registry import Tables
from desk.eventstore.schema import migrate
from desk.eventstore.unit_of_work import work_items
from desk.policies.book import PolicyBook, builtin
from desk.policies.following import Following, follow
from desk.policies.publishing import Proposal, publish, retire

pytestmark = pytest.mark.postgres
ROUTING = {**builtin("routing"), "p1_may_wait_on_client": True}


@contextmanager
def open_process(database: str) -> Iterator[tuple[EventLog, PolicyBook, Following]]:
    """One process of triage: its event store, its book, its follower."""
    book = PolicyBook()
    log = EventLog(database, "triage", catalogued(), Tables(), book)
    following = follow(book, log, every=0.05)
    log.start()
    try:
        yield log, book, following
    finally:
        log.stop()


def submit(log: EventLog, decide: Any, policy: str = "routing") -> None:
    context = DecisionContext(id=uuid4(), actor=Actor("person", "ann"), now=datetime.now(UTC), policies=PolicyBook())
    log.writer.submit_wait(work_items.Command(Stream.POLICIES, policy, decide, context), 10)


def published(log: EventLog, version: str) -> None:
    def decide(state: Policy, on: DecisionContext) -> list[Draft]:
        return publish(Proposal("routing", version, ROUTING), state, on)

    submit(log, decide)


def test_what_this_process_publishes_is_in_force_at_once(database: str) -> None:
    migrate(database, "triage")
    with open_process(database) as (log, book, _):
        published(log, "2")
        assert (book.version("routing"), book.get("routing")["p1_may_wait_on_client"]) == ("2", True)


async def test_versions_that_another_process_publishes_and_retires_are_applied_by_polling(database: str) -> None:
    migrate(database, "triage")
    with open_process(database) as (writer, _, _), open_process(database) as (_, book, following):
        published(writer, "2")
        assert book.version("routing") == "1"
        await following.start()
        await until(book, "2")
        await asyncio.to_thread(submit, writer, lambda state, on: retire("routing", "2", state, on))
        await until(book, "1")
        await following.stop()
        await asyncio.to_thread(published, writer, "3")
        await asyncio.sleep(0.2)
        assert book.version("routing") == "1"


def test_versions_of_two_processes_stand_in_the_order_in_which_they_were_recorded(database: str) -> None:
    migrate(database, "triage")
    with open_process(database) as (first, mine, _), open_process(database) as (second, theirs, following):
        published(first, "2")
        published(second, "3")
        published(first, "4")
        assert following.catch_up() == 1 and following.catch_up() == 0
        assert mine.versions("routing") == theirs.versions("routing") == ["1", "2", "3", "4"]
        assert mine.version("routing") == theirs.version("routing") == "4"


def test_a_store_that_is_away_is_looked_at_again(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    migrate(database, "triage")
    with open_process(database) as (writer, _, _), open_process(database) as (log, book, following):
        published(writer, "2")

        def away(_: Any) -> Any:
            raise StoreUnavailable("away")

        with monkeypatch.context() as patch:
            patch.setattr(log.store, "read", away)
            following._tried()
        assert book.version("routing") == "1"
        following._tried()
        assert book.version("routing") == "2"


UNREADABLE = (
    "INSERT INTO triage.stored_events (originator_id, originator_version, topic, state, event_id, owner, ownerseq,"
    " recorded, own) VALUES ('policies:routing', {seq}, 'desk.triage.policy-published.v1', '{state}',"
    " gen_random_uuid(), '{owner}', {seq}, now(), false)"
)


def store_unreadable(database: str, seq: int, owner: str = "triage") -> None:
    """A policy fact that this release cannot read, as a later one may have recorded it."""
    with psycopg.connect(database, autocommit=True) as session:
        session.execute(UNREADABLE.format(seq=seq, owner=owner, state='{"data": 1}').encode())


async def test_a_policy_fact_that_cannot_be_read_is_named_and_later_ones_are_applied(database: str) -> None:
    migrate(database, "triage")
    with open_process(database) as (writer, _, _), open_process(database) as (log, book, following):
        published(writer, "2")
        store_unreadable(database, 7)
        await following.start()
        await until(book, "2")
        await asyncio.to_thread(submit, writer, say_published, "sla-policy:gold")
        for _ in range(200):
            if "sla-policy:gold" in book.names:
                break
            await asyncio.sleep(0.02)
        assert book.version("sla-policy:gold") == "5"
        await asyncio.sleep(0.2)
        assert [complaint for name, complaint in log.loops.complaints() if name == "policies"] == [None]
        await following.stop()
        assert (book.version("routing"), book.get("routing")) == ("2", ROUTING)
        assert [(fact.policy, fact.owner, fact.ownerseq) for fact in following.refused] == [("routing", "triage", 7)]
        note = await following.note()
        assert note is not None and "policy routing: fact triage 7 is not understood" in note


def say_published(_state: Policy, on: DecisionContext) -> list[Draft]:
    content: dict[str, Any] = {"goals": {}}
    fact = PolicyPublished(
        policy="sla-policy:gold", version="5", effective_from=on.now, content_hash="0", content=content, by="ann"
    )
    return [Draft(data=fact)]


def test_a_service_starts_beside_a_policy_fact_that_it_cannot_read(database: str) -> None:
    migrate(database, "triage")
    with open_process(database) as (log, _, _):
        published(log, "2")
        store_unreadable(database, 7, "docs")
    with open_process(database) as (_, book, following):
        assert (book.version("routing"), len(following.refused)) == ("2", 1)


def test_a_version_that_the_book_refuses_leaves_the_one_before_it_in_force(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate(database, "triage")
    with open_process(database) as (log, book, following):
        put = PolicyBook.put

        def picky(*given: Any) -> None:
            if given[2] == "3":
                raise ValueError("a version that this release does not understand")
            put(*given)

        monkeypatch.setattr(PolicyBook, "put", picky)
        published(log, "2")
        published(log, "3")
        assert (book.version("routing"), len(following.refused)) == ("2", 1)
        published(log, "4")
        assert (book.versions("routing"), book.version("routing")) == (["1", "2", "4"], "4")
        assert following.listed()[0]["ownerseq"] == 2


def test_the_book_refuses_a_time_without_a_zone_which_no_later_question_could_compare() -> None:
    book = PolicyBook()
    with pytest.raises(ValueError, match="without a zone"):
        book.put("routing", "2", {}, datetime(2026, 1, 1))
    assert (book.version("routing"), book.versions("routing")) == ("1", ["1"])


def test_a_policy_fact_that_was_skipped_by_hand_is_not_applied(database: str) -> None:
    migrate(database, "triage")
    with open_process(database) as (log, _, _):
        published(log, "2")
    with psycopg.connect(database, autocommit=True) as session:
        session.execute("UPDATE triage.stored_events SET topic = 'skipped:' || topic")
    with open_process(database) as (_, book, following):
        assert (book.versions("routing"), following.refused) == (["1"], ())


OTHER = """
import asyncio, sys
from desk.eventstore.catalogue_event_model import catalogued
from desk.eventstore.event_log import EventLog
from desk.eventstore.handler_registry import Tables
from desk.policies.book import PolicyBook
from desk.policies.following import follow

async def follows(book, following):
    await following.start()
    for _ in range(500):
        if book.version("routing") == "2":
            break
        await asyncio.sleep(0.02)
    await following.stop()

book = PolicyBook()
log = EventLog(sys.argv[1], "triage", catalogued(), Tables(), book)
following = follow(book, log, every=0.05)
print(book.version("routing"), flush=True)
asyncio.run(follows(book, following))
print(book.version("routing"), flush=True)
log.store.close()
"""


def test_another_process_applies_versions_published_here(database: str) -> None:
    migrate(database, "triage")
    with subprocess.Popen([sys.executable, "-c", OTHER, database], stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline().strip() == "1"
        with open_process(database) as (log, _, _):
            published(log, "2")
        assert other.stdout.readline().strip() == "2"
    assert other.returncode == 0


async def until(book: PolicyBook, version: str, seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while book.version("routing") != version:
        assert time.monotonic() < end, f"version {book.version('routing')} is still in force"
        await asyncio.sleep(0.02)
