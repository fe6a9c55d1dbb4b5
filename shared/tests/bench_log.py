"""Benchmark of the event store on this machine: `python shared/tests/bench_log.py [tickets]` starts a PostgreSQL of its
own.

Prints append and fold separately, then five services in one process on the local bus with trivial reactions.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from itertools import groupby
from pathlib import Path
from uuid import uuid4

import psycopg

from desk.bus.local.bus import LocalBus
from desk.contract.event import OWNERS, Stream
from desk.eventstore.catalogue_event_model import catalogued
from desk.eventstore.handler_registry import Tables
from desk.eventstore.schema import migrate
from desk.eventstore.snapshots import Loader
from desk.eventstore.store import Store
from desk.eventstore.unit_of_work.commit_notifier import CommitNotifier
from desk.eventstore.unit_of_work.work_items import Command
from desk.service.service import RuntimeContext, Service, ServiceSpec
from desk.testing.load import NOTES, REACTIONS, open_ticket
from desk.testing.notes import NoPolicies, context
from desk_deploy.postgres.instance import EmbeddedPostgres


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def services(url: str) -> list[Service]:
    notifier = CommitNotifier()
    made = []
    for owner in OWNERS:
        migrate(url, owner)
        context = RuntimeContext(url, LocalBus(notifier), catalogued(), notifier)
        service = Service(ServiceSpec(owner, Tables(reactions=REACTIONS[owner]), NoPolicies()), context)
        made.append(service)
    return made


async def open_tickets(intake: Service, tickets: int) -> float:
    start = time.perf_counter()
    for first in range(0, tickets, 100):
        items = [Command(Stream.TICKETS, str(uuid4()), open_ticket(n), context()) for n in range(first, first + 100)]
        outcomes = await asyncio.wrap_future(intake.log.writer.together(items))
        assert all(outcome.error is None for outcome in outcomes)
    return time.perf_counter() - start


async def drained(all_services: list[Service], facts: int) -> None:
    while True:
        statuses = [await service.status() for service in all_services]
        if all(status.drained and status.own + status.replicated == facts for status in statuses):
            return
        await asyncio.sleep(0.1)


async def pipeline(url: str, tickets: int) -> None:
    made = services(url)
    intake = made[0]
    await intake.start()
    seconds = await open_tickets(intake, tickets)
    own = tickets * (1 + NOTES)
    say(f"append: {own} facts in transactions of 400: {own / seconds:,.0f} facts/s decided and durable")
    facts = tickets * (4 + 2 * NOTES)
    start = time.perf_counter()
    for service in made[1:]:
        await service.start()
    await drained(made, facts)
    seconds = time.perf_counter() - start
    say(f"five services, local bus, catching up: {facts} distinct facts in {seconds:.1f} s: {facts / seconds:,.0f}/s,"
        f" {facts * 5 / seconds:,.0f} appends/s")  # fmt: skip
    parked = [await service.status() for service in made]
    assert not any(status.parked for status in parked)
    for service in made:
        await service.stop()


def fold(url: str) -> None:
    """Decode and fold, without the database."""
    language = catalogued()
    store = Store(url, "docs")
    rows = store.read(lambda reads: reads.events_after(dict.fromkeys(list(reads.vectors())[:500], 0)))
    store.close()
    start = time.thread_time()
    for row in rows:
        language.decode(row.raw)
    decoded = time.thread_time()
    loader = Loader(language, "intake")
    for aggregate, facts in groupby(rows, key=lambda row: row.aggregate):
        loader.fold(aggregate, facts)
    folded = time.thread_time()
    size = sum(len(row.raw) for row in rows) // len(rows)
    say(f"decode: {(decoded - start) / len(rows) * 1e6:.1f} us of CPU a fact of {size} bytes;"
        f" decode and fold: {(folded - decoded) / len(rows) * 1e6:.1f} us")  # fmt: skip


async def replicate_alone(url: str, facts: int) -> None:
    """One service with an empty store replicates everything, with no other service running."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA docs CASCADE")
    docs = services(url)[-1]
    start, cpu = time.perf_counter(), time.process_time()
    await docs.start()
    await drained([docs], facts)
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    say(f"one service alone, catching up: {facts / seconds:,.0f} facts/s, {cpu / facts * 1e6:.0f} us of CPU a fact")
    await docs.stop()


def main() -> None:
    tickets = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    with tempfile.TemporaryDirectory() as folder, EmbeddedPostgres(Path(folder)) as server:
        asyncio.run(pipeline(server.url, tickets))
        fold(server.url)
        asyncio.run(replicate_alone(server.url, tickets * (4 + 2 * NOTES)))


if __name__ == "__main__":
    main()
