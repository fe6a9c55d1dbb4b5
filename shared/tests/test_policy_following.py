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

import pytest

from desk.deciding import Deciding
from desk.log import items
from desk.log.catalogued import catalogued
from desk.log.errors import StoreUnavailable
from desk.log.migrations import migrate
from desk.log.opened import Log
from desk.log.tables import Tables
from desk.policies.book import PolicyBook, builtin
from desk.policies.following import Following, follow
from desk.policies.publishing import Proposal, publish, retire
from desk.streams.policies import Policy
from desk.ticket.event import Actor, Draft, Stream

pytestmark = pytest.mark.postgres
ROUTING = {**builtin("routing"), "p1_may_wait_on_client": True}


@contextmanager
def opened(database: str) -> Iterator[tuple[Log, PolicyBook, Following]]:
    """One process of triage: its log, its book, what feeds it."""
    book = PolicyBook()
    log = Log(database, "triage", catalogued(), Tables(), book)
    following = follow(book, log, every=0.05)
    log.start()
    try:
        yield log, book, following
    finally:
        log.stop()


def submit(log: Log, decide: Any) -> None:
    deciding = Deciding(id=uuid4(), actor=Actor("person", "ann"), now=datetime.now(UTC), policies=PolicyBook())
    log.writer.submit_wait(items.Command(Stream.POLICIES, "routing", decide, deciding), 10)


def published(log: Log, version: str) -> None:
    def decide(state: Policy, on: Deciding) -> list[Draft]:
        return publish(Proposal("routing", version, ROUTING), state, on)

    submit(log, decide)


def test_what_this_process_publishes_is_in_force_at_once(database: str) -> None:
    migrate(database, "triage")
    with opened(database) as (log, book, _):
        published(log, "2")
        assert (book.version("routing"), book.get("routing")["p1_may_wait_on_client"]) == ("2", True)


async def test_what_another_process_publishes_and_retires_is_heard_while_it_looks(database: str) -> None:
    migrate(database, "triage")
    with opened(database) as (writer, _, _), opened(database) as (_, book, following):
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
    with opened(database) as (first, mine, _), opened(database) as (second, theirs, following):
        published(first, "2")
        published(second, "3")
        published(first, "4")
        assert following.catch_up() == 1 and following.catch_up() == 0
        assert mine.versions("routing") == theirs.versions("routing") == ["1", "2", "3", "4"]
        assert mine.version("routing") == theirs.version("routing") == "4"


def test_a_store_that_is_away_is_looked_at_again(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    migrate(database, "triage")
    with opened(database) as (writer, _, _), opened(database) as (log, book, following):
        published(writer, "2")

        def away(_: Any) -> Any:
            raise StoreUnavailable("away")

        with monkeypatch.context() as patch:
            patch.setattr(log.store, "execute", away)
            following._tried()
        assert book.version("routing") == "1"
        following._tried()
        assert book.version("routing") == "2"


OTHER = """
import asyncio, sys
from desk.log.catalogued import catalogued
from desk.log.opened import Log
from desk.log.tables import Tables
from desk.policies.book import PolicyBook
from desk.policies.following import follow

async def hears(book, following):
    await following.start()
    for _ in range(500):
        if book.version("routing") == "2":
            break
        await asyncio.sleep(0.02)
    await following.stop()

book = PolicyBook()
log = Log(sys.argv[1], "triage", catalogued(), Tables(), book)
following = follow(book, log, every=0.05)
print(book.version("routing"), flush=True)
asyncio.run(hears(book, following))
print(book.version("routing"), flush=True)
log.store.close()
"""


def test_a_process_of_its_own_hears_what_is_published_here(database: str) -> None:
    migrate(database, "triage")
    with subprocess.Popen([sys.executable, "-c", OTHER, database], stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline().strip() == "1"
        with opened(database) as (log, _, _):
            published(log, "2")
        assert other.stdout.readline().strip() == "2"
    assert other.returncode == 0


async def until(book: PolicyBook, version: str, seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while book.version("routing") != version:
        assert time.monotonic() < end, f"version {book.version('routing')} is still in force"
        await asyncio.sleep(0.02)
