"""Append and fold when the store is small and when it holds a million facts."""

from __future__ import annotations

import asyncio
import os
import random
import tempfile
import time
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from tests.bench.figures import Figure, percentile, say

from desk.log.catalogued import catalogued
from desk.log.items import Command
from desk.log.migrations import migrate
from desk.log.opened import Log
from desk.log.tables import Tables
from desk.testing.load import NOTES, open_ticket
from desk.testing.notes import NoPolicies, deciding
from desk.ticket.event import Stream
from desk_deploy.postgres import EmbeddedPostgres

SMALL = 10_000
LARGE = int(os.environ.get("DESKSTREAM_BENCH_FACTS", "1000000"))
PER_TICKET = 1 + NOTES
SAMPLE = 400


class Size(NamedTuple):
    """Rates at one size of the store: facts appended a second, and cold loads of a ticket in ms."""

    appended: float
    p50: float
    p99: float


async def measure() -> list[Figure]:
    """The same work at both sizes, in one store."""
    with tempfile.TemporaryDirectory() as folder:
        await asyncio.to_thread(os.chmod, folder, 0o755)
        with EmbeddedPostgres(Path(folder)) as server:
            return await asyncio.to_thread(_measured, server.url)


def _measured(url: str) -> list[Figure]:
    migrate(url, "intake")
    log = Log(url, "intake", catalogued(), Tables(), NoPolicies(), cached=1000, snapshot_every=0)
    log.start()
    fill(log, SMALL)
    small = at_this_size(log)
    say(f"filling the store with {LARGE:,} facts")
    fill(log, LARGE)
    large = at_this_size(log)
    log.stop()
    fold = f"{small.p50 / large.p50:.2f} of the speed at {SMALL:,}"
    return [
        Figure(f"append at {SMALL:,} facts", f"{small.appended:,.0f} facts/s"),
        Figure(f"append at {LARGE:,} facts", f"{large.appended:,.0f} facts/s", _share(large, small), ">= 0.9"),
        Figure(f"cold fold of a ticket at {SMALL:,} facts", f"p50 {small.p50:.2f} ms, p99 {small.p99:.2f} ms"),
        Figure(
            f"cold fold of a ticket at {LARGE:,} facts",
            f"p50 {large.p50:.2f} ms, p99 {large.p99:.2f} ms",
            fold,
            ">= 0.9",
        ),
    ]


def _share(large: Size, small: Size) -> str:
    return f"{large.appended / small.appended:.2f} of the speed at {SMALL:,}"


def ticket(number: int) -> str:
    """The id of the n-th ticket: spread over the index as real ids are."""
    return str(UUID(int=random.Random(number).getrandbits(128)))


def fill(log: Log, facts: int) -> None:
    """Append until the store holds that many."""
    have = log.store.read(lambda reads: reads.totals())[0]
    append(log, have // PER_TICKET, (facts - have) // PER_TICKET)


def append(log: Log, first: int, count: int) -> float:
    """Open `count` tickets in transactions of a hundred; seconds."""
    start = time.perf_counter()
    for begin in range(first, first + count, 100):
        numbers = range(begin, min(begin + 100, first + count))
        work = [Command(Stream.TICKETS, ticket(n), open_ticket(n), deciding()) for n in numbers]
        outcomes = log.writer.together(work).result()
        assert all(outcome.error is None for outcome in outcomes)
    return time.perf_counter() - start


def at_this_size(log: Log) -> Size:
    """Appends of 2,500 tickets, and cold loads of random ones."""
    have = log.store.read(lambda reads: reads.totals())[0] // PER_TICKET
    seconds = append(log, have, 2_500)
    chosen = random.Random(7).sample(range(have), SAMPLE)
    taken: list[float] = []
    for number in chosen:
        name = ticket(number)
        start = time.perf_counter()
        log.store.read(lambda reads, name=name: log.loader.load(reads, [name]))  # type: ignore[misc]
        taken.append((time.perf_counter() - start) * 1000)
    return Size(2_500 * PER_TICKET / seconds, percentile(taken, 0.5), percentile(taken, 0.99))
