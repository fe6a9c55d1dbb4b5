"""The example of a downstream consumer reads what services publish, and prints verdicts by client."""

from __future__ import annotations

import ast
import asyncio
import json
import os
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import permutations
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from examples import analytics_consumer
from tests.contracts.bus_world import World
from tests.kafka.raw import Raw, everything, put

from desk.contract.event import Draft, Event, Payload
from desk.contract.ticket.intake.facts import ClientCorrected, TicketOpened
from desk.contract.ticket.sla.facts import BreachRetracted, ClockBreached, ClockMet, ClockReinstated
from desk.contract_docs.generate import GOLDEN
from desk.decision.context import DecisionContext
from desk.eventstore.catalogue_event_model import catalogued
from desk.eventstore.unit_of_work.work_items import Command
from desk.service.service import Service
from desk.testing.controls import NOW
from desk.testing.in_memory.keyring import MemoryKeyRing
from desk.testing.notes import TICKETS, context

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "analytics_consumer.py"
HOUSE = ("desk", "desk_connectors", "desk_simulators", "desk_deploy", "desk_intake", "desk_triage", "desk_sla")
SECRET = "the mailbox of the chairman is full"
PATIENCE = 60.0


class Printed:
    """The running example and what it printed so far."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.lines: list[str] = []

    async def until(self, **figures: str) -> None:
        """Read on until the last line of each of these clients has these figures."""
        assert self._process.stdout is not None
        async with asyncio.timeout(PATIENCE):
            while not figures.items() <= self.last().items():
                read = await self._process.stdout.readline()
                assert read, f"the example ended before it printed {figures}, after {self.lines}"
                self.lines.append(read.decode().rstrip("\n"))

    def last(self) -> dict[str, str]:
        """The newest figures of each client."""
        return dict(line.split(": ", 1) for line in self.lines)

    async def end(self) -> str:
        """End it in order; what it logged."""
        self._process.terminate()
        rest, logged = await asyncio.wait_for(self._process.communicate(), PATIENCE)
        self.lines += rest.decode().splitlines()
        assert self._process.returncode == 0, logged.decode()
        return logged.decode()


@asynccontextmanager
async def running(world: World) -> AsyncIterator[Printed]:
    """The example as a process of its own, as its users run it."""
    assert world.kafka is not None
    variables = {"ANALYTICS_KAFKA": world.kafka.bootstrap, "ANALYTICS_TOPIC": world.kafka.topic(TICKETS.topic)}
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(EXAMPLE), env={**os.environ, **variables}, stdout=PIPE, stderr=PIPE
    )
    try:
        yield Printed(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def record(service: Service, ticket: str, *payloads: Payload, cycle: int | None = None) -> list[Event]:
    """Let the owner record these facts, which its relay publishes."""
    drafts = [Draft(data=payload, cycle=cycle) for payload in payloads]

    def decide(_state: Any, _deciding: DecisionContext) -> list[Draft]:
        return drafts

    return list((await service.command(Command(TICKETS, ticket, decide, context()))).events)


async def opens(intake: Service, ticket: str, client: str) -> None:
    """A ticket of that client, with a problem that is sealed."""
    fact = TicketOpened(
        kind="incident",
        profile="incident",
        client=client,
        channel="phone",
        opened_at=NOW,
        problem=SECRET,
        command=ticket,
    )
    await record(intake, ticket, fact)


async def judges(sla: Service, ticket: str, clock: str, *, breached: bool) -> UUID:
    """A verdict on one clock of the ticket; its id."""
    verdict = ClockBreached if breached else ClockMet
    fact = verdict(clock=clock, at=NOW, elapsed=60, due=NOW + timedelta(minutes=1), rev=1)
    [event] = await record(sla, ticket, fact, cycle=1)
    return event.id


@pytest.mark.postgres
@pytest.mark.kafka
async def test_verdicts_of_real_services_are_printed_by_client(world: World) -> None:
    assert world.kafka is not None
    language = catalogued(MemoryKeyRing())
    intake, sla = await world.start("intake", language=language), await world.start("sla", language=language)
    for ticket, client in (("T1", "acme"), ("T2", "acme"), ("T3", "globex")):
        await opens(intake, ticket, client)
    await world.settled()
    await judges(sla, "T1", "response", breached=False)
    late = await judges(sla, "T1", "resolution", breached=True)
    early = await judges(sla, "T2", "response", breached=False)
    await judges(sla, "T3", "response", breached=True)
    await world.settled()
    async with running(world) as example:
        await example.until(acme="2 met, 1 breached", globex="0 met, 1 breached")
        retracted = BreachRetracted(clock="resolution", verdict=late, late_fact=late, reason="late")
        await record(sla, "T1", retracted, cycle=1)
        await example.until(acme="2 met, 0 breached")
        reinstated = ClockReinstated(clock="response", verdict=early, late_fact=late, reason="late")
        await record(sla, "T2", reinstated, cycle=1)
        await record(intake, "T2", ClientCorrected(before="acme", after="initech", revision=1))
        await record(intake, "T3", ClientCorrected(before="globex", after="initech", revision=1))
        await example.until(acme="1 met, 0 breached", globex="0 met, 0 breached", initech="0 met, 1 breached")
        logged = await example.end()
    assert set(example.last()) == {"acme", "globex", "initech"}
    assert SECRET not in logged + "".join(example.lines)


@pytest.mark.postgres
@pytest.mark.kafka
async def test_repeats_other_versions_and_hostile_records_change_no_figure(world: World) -> None:
    assert world.kafka is not None
    language = catalogued(MemoryKeyRing())
    intake, sla = await world.start("intake", language=language), await world.start("sla", language=language)
    await opens(intake, "T1", "acme")
    await world.settled()
    await judges(sla, "T1", "response", breached=False)
    await world.settled()
    sent = await everything(world.kafka.bootstrap, world.kafka.topic(TICKETS.topic))
    opened, met = (json.loads(record.value) for record in sent)
    assert set(opened["data"]["problem"]) == {"key", "box"}, "sealed on the wire, and nobody downstream has the key"
    for service in (intake, sla):
        await world.stop(service)

    def other(number: int, **changed: Any) -> Raw:
        return Raw(b"T1", json.dumps({**met, "id": str(UUID(int=number)), **changed}).encode())

    odd = (("reply_to", b"elsewhere"), ("none", None), ("content-type", b"application/json"), ("binary", b"\xff"))
    async with running(world) as example:
        await example.until(acme="1 met, 0 breached")
        await put(
            world.kafka,
            *(Raw(record.key, record.value, odd) for record in sent),
            other(1, type="desk.sla.clock-met.v2"),
            other(2, type="desk.sla.clock-regretted.v1"),
            other(3, type=["desk.sla.clock-met.v1"]),
            other(4, source="/desk/intake"),
            other(5, data={**met["data"], "elapsed": SECRET}),
            Raw(b"T1", b"\xff\xfe{", odd),
            Raw(b"T1", b"[" * 100_000),
            Raw(b"T1", None),
            other(6, data={**met["data"], "clock": "resolution"})._replace(headers=odd),
        )
        await example.until(acme="2 met, 0 breached")
        logged = await example.end()
    assert example.lines == ["acme: 1 met, 0 breached", "acme: 2 met, 0 breached"]
    assert "$.source breaks the rule 'const' of desk.sla.clock-met.v1" in logged
    assert "$.data.elapsed breaks the rule 'type' of desk.sla.clock-met.v1" in logged
    assert SECRET not in logged


def test_the_figures_do_not_depend_on_the_order_of_owners() -> None:
    opened = fact(1, "desk.intake.ticket-opened.v1", "T1", client="acme\x1b[2J")
    met, breached = (fact(n, f"desk.sla.clock-{name}.v1", "T1") for n, name in ((2, "met"), (3, "breached")))
    retracted = fact(4, "desk.sla.breach-retracted.v1", "T1", verdict=str(UUID(int=3)))
    again = fact(5, "desk.sla.breach-retracted.v1", "T1", verdict=str(UUID(int=3)))
    for order in permutations([opened, met, breached, retracted, again]):
        report = analytics_consumer.Report()
        for each in order:
            report.add(each)
            assert report.add(each) == []
        assert report.line("acme\x1b[2J") == "acme\\x1b[2J: 1 met, 0 breached"
        assert report.line(analytics_consumer.UNREAD).endswith(": 0 met, 0 breached")


@pytest.mark.parametrize("name", analytics_consumer.TYPES)
def test_a_published_sample_is_accepted_and_one_that_lacks_a_field_is_refused(name: str) -> None:
    sample = json.loads((GOLDEN / f"{name}.json").read_text())
    assert analytics_consumer.Fact.model_validate(sample).data == sample["data"]
    with pytest.raises(ValueError, match=r"\$ breaks the rule 'required' of "):
        analytics_consumer.Fact.model_validate({field: value for field, value in sample.items() if field != "ownerseq"})


def fact(number: int, name: str, ticket: str, **data: Any) -> analytics_consumer.Fact:
    """A sample of the language with an id, a ticket, and some other data."""
    sample = json.loads((GOLDEN / f"{name}.json").read_text())
    return analytics_consumer.Fact.model_validate(
        {**sample, "id": str(UUID(int=number)), "subject": ticket, "data": {**sample["data"], **data}}
    )


def test_the_example_needs_the_topic_and_the_schemas_alone() -> None:
    imported = set()
    for node in ast.walk(ast.parse(EXAMPLE.read_text())):
        if isinstance(node, ast.Import):
            imported |= {name.name.split(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            imported.add(str(node.module).split(".")[0])
    assert not {name for name in imported if name.startswith(HOUSE)}
