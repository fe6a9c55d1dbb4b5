"""A million armed timers of one service, five hundred due in each second: how late they fire, and the memory."""

from __future__ import annotations

import asyncio
import os
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import psycopg
from tests.bench.figures import Figure, percentile, say
from tests.bench.whole_desk import memory

from desk.contract.event import Draft
from desk.decision.context import DecisionContext
from desk.decision.planning import Due
from desk.eventstore.aggregate_id import aggregate_of
from desk.eventstore.event_log import EventLog
from desk.eventstore.handler_registry import Tables
from desk.eventstore.schema import migrate
from desk.eventstore.table_writer import AppliedEvent
from desk.testing.notes import NOTES, TICKETS, Answered, NoPolicies, text_of
from desk.timers.scheduler import Timers
from desk_deploy.postgres.instance import EmbeddedPostgres

ARMED = int(os.environ.get("DESKSTREAM_BENCH_TIMERS", "1000000"))
PER_SECOND, SECONDS = 500, 30
LAST = 3.0
WARM = 10
"""Seconds after which the memory is looked at first: caches are full then."""


class Fired(NamedTuple):
    """Seconds from due to committed, of every timer; bytes resident after WARM seconds and at the end."""

    late: list[float]
    warm: int
    end: int


def remind(due: Due, _state: object, _deciding: DecisionContext) -> list[Draft]:
    """One fact for each."""
    return [Draft(data=Answered(text=due.key))]


def measure() -> list[Figure]:
    """On a server of their own."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        with EmbeddedPostgres(Path(folder)) as server:
            fired = asyncio.run(_fired(server.url))
    count, late = PER_SECOND * SECONDS, fired.late
    assert len(late) == count
    lateness = f"p50 {percentile(late, 0.5) * 1000:.0f} ms, p99 {percentile(late, 0.99) * 1000:.0f} ms late"
    memory = f"{fired.warm / 1e6:.0f} MB, {SECONDS - WARM} s later {fired.end / 1e6:.0f} MB"
    what = f"{ARMED:,} armed timers, {PER_SECOND} due a second"
    return [Figure(what, lateness, aim="p99 <= 2 s"), Figure(f"{what}: memory", memory, aim="flat")]


async def _fired(url: str) -> Fired:
    migrate(url, "sla")
    log = EventLog(url, "sla", NOTES, Tables(due={"reminder": remind}), NoPolicies())
    log.start()
    say(f"arming {ARMED:,} timers")
    start = datetime.now(UTC) + timedelta(seconds=ARMED / 50_000 + 5)
    arm(url, start)
    late: list[float] = []

    def committed(changes: list[AppliedEvent]) -> None:
        now = datetime.now(UTC)
        late.extend((now - due(start, int(text_of(change.event)))).total_seconds() for change in changes)

    log.listeners.append(committed)
    timers = Timers(log)
    await timers.start()
    await asyncio.sleep((start - datetime.now(UTC)).total_seconds() + WARM)
    warm = memory(os.getpid(), "Rss")
    await asyncio.sleep(SECONDS - WARM)
    await asyncio.sleep(LAST)
    await timers.stop()
    log.stop()
    return Fired(late, warm, memory(os.getpid(), "Rss"))


def due(start: datetime, number: int) -> datetime:
    """When the n-th timer is due: evenly, then those that only stand there, over a month."""
    count = PER_SECOND * SECONDS
    if number < count:
        return start + timedelta(seconds=number / PER_SECOND)
    return start + timedelta(hours=1) + timedelta(days=30) * ((number - count) / ARMED)


def arm(url: str, start: datetime) -> None:
    """All rows, each on a ticket of its own."""
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        cursor.execute("SET search_path TO sla")
        with cursor.copy("COPY timers (aggregate, timer, natural_key, due, data) FROM STDIN") as rows:
            for number in range(ARMED):
                rows.write_row((aggregate_of(TICKETS, f"T{number}"), "reminder", str(number), due(start, number), b""))


if __name__ == "__main__":
    for figure in measure():
        say(f"{figure.what}: {figure.value} (aim {figure.aim})")
