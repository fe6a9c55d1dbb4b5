"""Five services as processes on real Kafka: catching up, beside raw consume and insert in the same run; live latency.

`python -m tests.bench.kafka_pipeline [tickets]` prints one JSON document; without DESKSTREAM_KAFKA it starts a broker.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

from tests.bench import raw_process, service_process

from desk.bus.kafka.settings import KafkaSettings
from desk.contract.event import OWNERS, Stream
from desk.testing.load import NOTES
from desk_deploy.kafka.provider import find_broker
from desk_deploy.kafka.topics import ensure_topics
from desk_deploy.postgres.instance import EmbeddedPostgres

FACTS_PER_TICKET = 4 + 2 * NOTES
LIVE_SECONDS = 8.0
PATIENCE = 120.0


class Child(NamedTuple):
    """A process and the pipe to it."""

    process: Any
    pipe: Connection

    def ask(self, *order: Any) -> Any:
        """Send an order and wait for the answer."""
        self.pipe.send(order)
        return self.answer()

    def answer(self) -> Any:
        """The next line of the process."""
        if not self.pipe.poll(PATIENCE):
            raise TimeoutError(f"{self.process.name} does not answer")
        return self.pipe.recv()


@contextmanager
def children(named: Sequence[tuple[str, Callable[..., None], tuple[Any, ...]]]) -> Iterator[list[Child]]:
    """Processes, each made and ready; ended in any case."""
    spawn = multiprocessing.get_context("spawn")
    made = []
    try:
        for name, target, arguments in named:
            here, there = spawn.Pipe()
            process = spawn.Process(target=target, name=name, args=(*arguments, there), daemon=True)
            process.start()
            made.append(Child(process, here))
        for child in made:
            child.answer()
        yield made
    finally:
        for child in made:
            child.process.join(0.1)
            child.process.kill()
            child.process.join()


def measure(url: str, bootstrap: str, tickets: int = 4000, live_seconds: float = LIVE_SECONDS) -> dict[str, Any]:
    """The figures. `url` is an empty database; topics are made under a prefix of their own."""
    kafka = KafkaSettings(bootstrap, f"bench{uuid4().hex[:8]}.")
    asyncio.run(ensure_topics(bootstrap, kafka.prefix, only=[Stream.TICKETS.topic]))
    places = [(owner, service_process.run, (service_process.Place(owner, url, kafka),)) for owner in OWNERS]
    with children(places) as services:
        caught_up = _catch_up(services, tickets)
        rate = caught_up["distinct_facts_per_second"] / 2
        live = _live(services, tickets * FACTS_PER_TICKET, rate, live_seconds)
        parked = sum(child.ask("parked") for child in services)
        for child in services:
            child.ask("stop")
    raw = _raw(url, kafka)
    ratio = caught_up["distinct_facts_per_second"] / raw["distinct_facts_per_second"]
    return {"catching_up": caught_up, "raw": raw, "ratio_to_raw": round(ratio, 3), "live": live, "parked": parked}


def _catch_up(services: Sequence[Child], tickets: int) -> dict[str, Any]:
    intake, *others = services
    intake.ask("start")
    seconds = intake.ask("open", tickets)
    while intake.ask("unpublished"):
        time.sleep(0.05)
    start, facts = time.perf_counter(), tickets * FACTS_PER_TICKET
    used = sum(child.ask("cpu") for child in services)
    for child in others:
        child.pipe.send(("start",))
    for child in others:
        child.answer()
    _until(services, facts)
    took = time.perf_counter() - start
    used = sum(child.ask("cpu") for child in services) - used
    return {
        "distinct_facts": facts,
        "cpu_us_per_fact_and_service": round(used / facts / len(services) * 1e6),
        "seconds": round(took, 2),
        "distinct_facts_per_second": round(facts / took),
        "appends_per_second": round((facts * 5 - tickets * (1 + NOTES)) / took),
        "intake_alone_facts_per_second": round(tickets * (1 + NOTES) / seconds),
    }


def _live(services: Sequence[Child], before: int, rate: float, seconds: float) -> dict[str, Any]:
    intake, *others = services
    for child in others:
        child.ask("watch")
    tickets = intake.ask("trickle", rate / FACTS_PER_TICKET, seconds)
    _until(services, before + tickets * FACTS_PER_TICKET)
    delays = [child.ask("delays") for child in others]
    everywhere = sorted(max(delay[fact] for delay in delays) for fact in delays[0])
    assert len(everywhere) == tickets * (1 + NOTES)
    return {
        "facts_per_second": round(rate),
        "visible_in_all_ms_p50": round(everywhere[len(everywhere) // 2] * 1000, 1),
        "visible_in_all_ms_p99": round(everywhere[len(everywhere) * 99 // 100] * 1000, 1),
        "facts_timed": len(everywhere),
    }


def _raw(url: str, kafka: KafkaSettings) -> dict[str, Any]:
    named = [(f"raw-{owner}", raw_process.run, (f"raw_{owner}", url, kafka)) for owner in OWNERS]
    with children(named) as copies:
        start = time.perf_counter()
        for child in copies:
            child.pipe.send("begin")
        answers = [child.answer() for child in copies]
        took = time.perf_counter() - start
    return {"distinct_facts": answers[0][0], "distinct_facts_per_second": round(answers[0][0] / took)}


def _until(services: Sequence[Child], facts: int) -> None:
    end = time.monotonic() + PATIENCE
    while any(child.ask("facts") < facts for child in services):
        if time.monotonic() > end:
            raise TimeoutError(f"{[child.ask('facts') for child in services]} of {facts} facts")
        time.sleep(0.05)


def main() -> None:
    """Print the figures."""
    tickets = int(sys.argv[1]) if len(sys.argv) > 1 else 4000
    with tempfile.TemporaryDirectory() as folder:
        broker = find_broker(Path(folder, "kafka"))
        if broker is None:
            sys.exit("no Apache Kafka: give one by DESKSTREAM_KAFKA, or install a JDK and Maven")
        try:
            with EmbeddedPostgres(Path(folder, "postgres")) as server:
                figures = measure(server.url, broker.bootstrap, tickets)
        finally:
            broker.stop()
    sys.stdout.write(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
