"""Figures of the log on this machine: `python shared/tests/bench_log.py [tickets]` starts a PostgreSQL of its own.

Prints append and fold alone, then five services in one process on the local bus with trivial reactions.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from datetime import timedelta
from itertools import groupby
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg

from desk.deciding import Deciding, Reaction
from desk.log.bus.local import LocalBus
from desk.log.catalogued import catalogued
from desk.log.items import Command
from desk.log.loading import Loader
from desk.log.migrations import migrate
from desk.log.store import Store
from desk.log.tables import Tables
from desk.log.waking import Waker
from desk.service import Service, ServiceSpec, Surroundings
from desk.testing.notes import NoPolicies, deciding
from desk.ticket.docs.facts import DocumentationSearched
from desk.ticket.event import OWNERS, Draft, Event, Stream
from desk.ticket.intake.facts import NoteAdded, TicketOpened
from desk.ticket.sla.facts import ClockStarted
from desk.ticket.triage.diagnosis import DiagnosticRecorded
from desk.ticket.triage.dispatch import Queued
from desk_deploy.postgres import EmbeddedPostgres

NOTES = 3


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def open_ticket(number: int) -> Any:
    def decide(_state: Any, now: Deciding) -> list[Draft]:
        opened = TicketOpened(
            kind="incident", profile="incident", client="acme", channel="phone", opened_at=now.now,
            problem="The printer on floor 3 does not print", command=str(now.id),
        )  # fmt: skip
        notes = [NoteAdded(note=f"{number}-{n}", internal=True, text="x" * 120) for n in range(NOTES)]
        return [Draft(data=opened), *(Draft(data=note) for note in notes)]

    return decide


def queue(event: Event, _state: Any, _deciding: Deciding) -> list[Draft]:
    return [Draft(data=Queued(queue="service desk", revision=1, tier="1"))]


def diagnose(event: Event, _state: Any, _deciding: Deciding) -> list[Draft]:
    entry = DiagnosticRecorded(entry=event.data.note, what="Looked at the spooler", result="It was full")
    return [Draft(data=entry, cycle=1)]


def search(event: Event, _state: Any, _deciding: Deciding) -> list[Draft]:
    return [Draft(data=DocumentationSearched(search="1", client="acme", query="printer", sources=("glue",)), cycle=1)]


def clock(event: Event, _state: Any, _deciding: Deciding) -> list[Draft]:
    due = event.time + timedelta(hours=4)
    return [Draft(data=ClockStarted(clock="response", starts_at=event.time, due=due, seconds=14400), cycle=1)]


OPENED, NOTED = "desk.intake.ticket-opened.v1", "desk.intake.note-added.v1"
REACTIONS: dict[str, dict[str, Reaction]] = {
    "intake": {},
    "triage": {OPENED: queue, NOTED: diagnose},
    "sla": {OPENED: clock},
    "billing": {},
    "docs": {OPENED: search},
}


def services(url: str) -> list[Service]:
    waker = Waker()
    made = []
    for owner in OWNERS:
        migrate(url, owner)
        around = Surroundings(url, LocalBus(waker), catalogued(), waker)
        service = Service(ServiceSpec(owner, Tables(reactions=REACTIONS[owner]), NoPolicies()), around)
        made.append(service)
    return made


async def opened(intake: Service, tickets: int) -> float:
    start = time.perf_counter()
    for first in range(0, tickets, 100):
        items = [Command(Stream.TICKETS, str(uuid4()), open_ticket(n), deciding()) for n in range(first, first + 100)]
        outcomes = await asyncio.wrap_future(intake.log.writer.together(items))
        assert all(outcome.error is None for outcome in outcomes)
    return time.perf_counter() - start


async def drained(all_services: list[Service], facts: int) -> None:
    while True:
        statuses = [await service.status() for service in all_services]
        if all(status.drained and status.own + status.heard == facts for status in statuses):
            return
        await asyncio.sleep(0.1)


async def pipeline(url: str, tickets: int) -> None:
    made = services(url)
    intake = made[0]
    await intake.start()
    seconds = await opened(intake, tickets)
    own = tickets * (1 + NOTES)
    say(f"append: {own} facts in transactions of 400: {own / seconds:,.0f} facts/s decided and durable")
    facts = tickets * (1 + NOTES + 1 + NOTES + 1 + 1)
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
    """Decode and fold alone, without the database."""
    language = catalogued()
    store = Store(url, "docs")
    rows = store.read(lambda reads: reads.rest(dict.fromkeys(list(reads.vectors())[:500], 0)))
    store.close()
    start = time.thread_time()
    for row in rows:
        language.decode(row.raw)
    decoded = time.thread_time()
    loader = Loader(language)
    for aggregate, facts in groupby(rows, key=lambda row: row.aggregate):
        loader.fold(aggregate, facts)
    folded = time.thread_time()
    size = sum(len(row.raw) for row in rows) // len(rows)
    say(f"decode: {(decoded - start) / len(rows) * 1e6:.1f} us of CPU a fact of {size} bytes;"
        f" decode and fold: {(folded - decoded) / len(rows) * 1e6:.1f} us")  # fmt: skip


async def hear_alone(url: str) -> None:
    """One service with an empty store hears everything there is, alone."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DROP SCHEMA docs CASCADE")
    docs = services(url)[-1]
    start, cpu = time.perf_counter(), time.process_time()
    await docs.start()
    while not (await docs.status()).drained:
        await asyncio.sleep(0.2)
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    status = await docs.status()
    facts = status.own + status.heard
    say(f"one service alone, catching up: {facts / seconds:,.0f} facts/s, {cpu / facts * 1e6:.0f} us of CPU a fact")
    await docs.stop()


def main() -> None:
    tickets = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    with tempfile.TemporaryDirectory() as folder, EmbeddedPostgres(Path(folder)) as server:
        asyncio.run(pipeline(server.url, tickets))
        fold(server.url)
        asyncio.run(hear_alone(server.url))


if __name__ == "__main__":
    main()
