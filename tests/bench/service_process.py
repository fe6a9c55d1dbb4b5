"""One service as a process of its own, for figures: does what the bench says over a pipe and tells what it saw."""

from __future__ import annotations

import asyncio
import time
from multiprocessing.connection import Connection
from typing import Any, NamedTuple
from uuid import uuid4

from desk.bus.kafka.bus import KafkaBus
from desk.bus.kafka.settings import KafkaSettings
from desk.contract.event import Stream
from desk.eventstore.catalogue_event_model import catalogued
from desk.eventstore.handler_registry import Tables
from desk.eventstore.schema import migrate
from desk.eventstore.table_writer import AppliedEvent
from desk.eventstore.unit_of_work.commit_notifier import CommitNotifier
from desk.eventstore.unit_of_work.work_items import Command
from desk.service.service import RuntimeContext, Service, ServiceSpec
from desk.testing.load import REACTIONS, open_ticket
from desk.testing.notes import NoPolicies, context
from desk_deploy.up.event_loop import freeze_gc
from desk_deploy.up.event_loop import run as run_loop

TOGETHER = 100


class Place(NamedTuple):
    """Where the service runs."""

    owner: str
    url: str
    kafka: KafkaSettings


class Bench:
    """The service with its counts: facts in its store, and how late each fact of intake's became visible here."""

    def __init__(self, place: Place) -> None:
        migrate(place.url, place.owner)
        bus = KafkaBus(place.kafka, [Stream.TICKETS.topic])
        around = RuntimeContext(place.url, bus, catalogued(), CommitNotifier())
        spec = ServiceSpec(place.owner, Tables(reactions=REACTIONS[place.owner]), NoPolicies())
        self.service = Service(spec, around)
        self.service.log.listeners.append(self._committed)
        self.facts, self.delays = 0, dict[str, float]()
        self.watching = False

    def _committed(self, changes: list[AppliedEvent]) -> None:
        self.facts += len(changes)
        if self.watching:
            now = time.time()
            seen = (change.event for change in changes if not change.own and change.event.owner == "intake")
            self.delays.update((str(event.id), now - event.recordedtime.timestamp()) for event in seen)

    async def open(self, tickets: int) -> float:
        """Open these in transactions of 100; seconds."""
        start = time.perf_counter()
        for first in range(0, tickets, TOGETHER):
            items = [_opening(number) for number in range(first, min(tickets, first + TOGETHER))]
            outcomes = await asyncio.wrap_future(self.service.log.writer.together(items))
            assert all(outcome.error is None for outcome in outcomes)
        return time.perf_counter() - start

    async def trickle(self, per_second: float, seconds: float) -> int:
        """Open tickets one by one at this rate; how many."""
        begin, waiting = time.perf_counter(), list[asyncio.Task[Any]]()
        while (passed := time.perf_counter() - begin) < seconds:
            due = int(passed * per_second) - len(waiting)
            waiting += [asyncio.create_task(self.service.command(_opening(number))) for number in range(due)]
            await asyncio.sleep(0.005)
        await asyncio.gather(*waiting)
        return len(waiting)


def _opening(number: int) -> Command:
    return Command(Stream.TICKETS, str(uuid4()), open_ticket(number), context())


def run(place: Place, pipe: Connection) -> None:
    """The process."""
    run_loop(_serve(place, pipe))


async def _serve(place: Place, pipe: Connection) -> None:
    bench = Bench(place)
    pipe.send("made")
    while True:
        order, *arguments = await asyncio.to_thread(pipe.recv)
        if order == "stop":
            await bench.service.stop()
            pipe.send("stopped")
            return
        pipe.send(await _obey(bench, order, arguments))


async def _obey(bench: Bench, order: str, arguments: list[Any]) -> Any:
    match order:
        case "start":
            await bench.service.start()
            freeze_gc()
            return "started"
        case "open":
            return await bench.open(*arguments)
        case "trickle":
            return await bench.trickle(*arguments)
        case "watch":
            bench.watching = True
            return "watching"
        case "unpublished":
            return (await bench.service.status()).lag[bench.service.owner]
        case "parked":
            return (await bench.service.status()).parked
        case "cpu":
            return time.process_time()
        case "facts":
            return bench.facts
        case "delays":
            return bench.delays
    raise ValueError(order)
