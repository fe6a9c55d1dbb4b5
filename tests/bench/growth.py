"""Append and fold when the store is small and when it holds a million facts."""

from __future__ import annotations

import asyncio
import os
import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.sql import SQL, Identifier
from tests.bench.figures import Figure, percentile, say

from desk.contract.event import Stream
from desk.eventstore.catalogue_event_model import catalogued
from desk.eventstore.event_log import EventLog
from desk.eventstore.handler_registry import Tables
from desk.eventstore.schema import migrate
from desk.eventstore.unit_of_work.work_items import Command
from desk.testing.load import NOTES, open_ticket
from desk.testing.notes import NoPolicies, context
from desk_deploy.postgres.instance import EmbeddedPostgres

SMALL = 10_000
LARGE = int(os.environ.get("DESKSTREAM_BENCH_FACTS", "1000000"))
PER_TICKET = 1 + NOTES
ROUNDS = 60


class Size(NamedTuple):
    """Seconds of each transaction of a hundred tickets, and milliseconds of cold loads of a ticket."""

    appending: list[float]
    loading: list[float]

    @property
    def appended(self) -> float:
        """Facts a second, of the middle transaction."""
        return 100 * PER_TICKET / percentile(self.appending, 0.5)


async def measure() -> list[Figure]:
    """The same work on a small and on a large store, by turns."""
    with tempfile.TemporaryDirectory() as folder:
        await asyncio.to_thread(os.chmod, folder, 0o755)
        with EmbeddedPostgres(Path(folder)) as server:
            return await asyncio.to_thread(_measured, server.url)


def _measured(url: str) -> list[Figure]:
    with _log(url, "small") as less, _log(url, "large") as more:
        fill(less, SMALL)
        say(f"filling the store with {LARGE:,} facts")
        fill(more, LARGE)
        small, large = by_turns(less, more)
    return [
        Figure(f"append at {SMALL:,} facts", f"{small.appended:,.0f} facts/s"),
        Figure(
            f"append at {LARGE:,} facts",
            f"{large.appended:,.0f} facts/s",
            f"{large.appended / small.appended:.2f} of the speed at {SMALL:,}",
            ">= 0.9",
        ),
        Figure(f"cold fold of a ticket at {SMALL:,} facts", _loads(small)),
        Figure(f"cold fold of a ticket at {LARGE:,} facts", _loads(large), _share(large, small), ">= 0.9"),
    ]


def _loads(size: Size) -> str:
    return f"p50 {percentile(size.loading, 0.5):.2f} ms, p99 {percentile(size.loading, 0.99):.2f} ms"


def _share(large: Size, small: Size) -> str:
    share = percentile(small.loading, 0.5) / percentile(large.loading, 0.5)
    return f"{share:.2f} of the speed at {SMALL:,}"


@contextmanager
def _log(url: str, name: str) -> Iterator[EventLog]:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
    place = make_conninfo(url, dbname=name)
    migrate(place, "intake")
    log = EventLog(place, "intake", catalogued(), Tables(), NoPolicies(), cached=1000, snapshot_every=0)
    log.start()
    yield log
    log.stop()


def ticket(number: int) -> str:
    """The id of the n-th ticket: spread over the index as real ids are."""
    return str(UUID(int=random.Random(number).getrandbits(128)))


def fill(log: EventLog, facts: int) -> None:
    """Append until the store holds that many."""
    have = log.store.read(lambda reads: reads.totals())[0]
    append(log, have // PER_TICKET, (facts - have) // PER_TICKET)


def append(log: EventLog, first: int, count: int) -> list[float]:
    """Open `count` tickets in transactions of a hundred; the seconds of each."""
    taken = []
    for begin in range(first, first + count, 100):
        start = time.perf_counter()
        numbers = range(begin, min(begin + 100, first + count))
        work = [Command(Stream.TICKETS, ticket(n), open_ticket(n), context()) for n in numbers]
        outcomes = log.writer.together(work).result()
        assert all(outcome.error is None for outcome in outcomes)
        taken.append(time.perf_counter() - start)
    return taken


def by_turns(*logs: EventLog) -> list[Size]:
    """Appends of a hundred tickets and cold loads of a few in each store in turn: what disturbs one disturbs both."""
    sizes = [Size([], []) for _ in logs]
    chosen = random.Random(7)
    held = [log.store.read(lambda reads: reads.totals())[0] // PER_TICKET for log in logs]
    for done in range(ROUNDS):
        for log, size, before in zip(logs, sizes, held, strict=True):
            have = before + 100 * done
            size.appending.extend(append(log, have, 100))
            size.loading.extend(_load(log, ticket(number)) for number in chosen.sample(range(have), 10))
    return sizes


def _load(log: EventLog, name: str) -> float:
    start = time.perf_counter()
    log.store.read(lambda reads: log.loader.load(reads, [name]))
    return (time.perf_counter() - start) * 1000
