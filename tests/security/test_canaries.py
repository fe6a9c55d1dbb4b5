"""No personal data in plain: a journey on a real broker, with canaries in every field of people and of the PSA."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx
import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from tests.journeys.people import Desk
from tests.kafka.raw import everything
from tests.security.canaries import Canaries, broken_links, free_texts, tables
from tests.security.canary_commands import Teller
from tests.security.story import on_the_desk, psa_fills

from desk.bus.kafka.bus import KafkaBus
from desk.bus.kafka.settings import KafkaSettings
from desk.contract.event import Event, Stream
from desk.decision.principal import Role
from desk.http.app.serving import one_port
from desk.telemetry import Tracing
from desk_billing.main import BILLING
from desk_deploy.kafka.topics import ensure_topics
from desk_deploy.services import SERVICES
from desk_deploy.testing.psa_bench import Bench, bench
from desk_deploy.testing.simulated_psa import PSA
from desk_deploy.up.one_process import RunningDesk
from desk_docs.main import DOCS
from desk_intake.psa.ids import ticket_id
from desk_sla.main import SLA
from desk_triage.main import TRIAGE

pytestmark = [pytest.mark.postgres, pytest.mark.kafka]
CONTACT = "cw-p611"
Found = Mapping[str, set[str]]


class World:
    """A desk on Kafka, its people, and all that can be looked into."""

    def __init__(self, desk: Bench, people: Desk, spans: InMemorySpanExporter) -> None:
        self.desk, self.people, self.spans = desk, people, spans

    async def answers(self, ticket: str) -> bytes:
        """All that the services' APIs say about a ticket to one who may see everything."""
        headers = self.people.headers(Role.COORDINATOR, "coco")
        paths = [f"/{s}/tickets/{ticket}{rest}" for s in SERVICES for rest in ("", "/timeline")]
        return b"".join([(await self.people.http.get(path, headers=headers)).content for path in paths])


@pytest.fixture
async def world(kafka: str, kafka_prefix: str, database: str) -> AsyncIterator[World]:
    settings = KafkaSettings(kafka, kafka_prefix, session_timeout_ms=6_000)
    await ensure_topics(kafka, kafka_prefix)
    spans = InMemorySpanExporter()
    tracing = {name: Tracing(name, exporter=spans) for name in SERVICES}
    others = (TRIAGE, SLA, BILLING, DOCS)
    async with bench(database, *others, bus=lambda _: KafkaBus(settings), tracing=tracing) as desk:
        app = one_port({name: hosted.app for name, hosted in desk.hosted.items()})
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://desk", timeout=30) as http:
            people = Desk(RunningDesk("http://desk", "", desk.hosted), http, desk.issuer.issue)
            yield World(desk, people, spans)


def failing_at(desk: Bench, ticket: str) -> None:
    """Docs cannot handle notes of that ticket: its facts are parked there."""

    def fails(event: Event, _state: object, _deciding: object) -> list[Any]:
        if event.subject == ticket:
            raise LookupError(str(event.data))
        return []

    reactions = desk.hosted["docs"].service.log.tables.reactions
    assert isinstance(reactions, dict)
    reactions["desk.intake.note-added.v1"] = fails


async def test_nothing_personal_stands_anywhere_in_plain(
    world: World, kafka: str, kafka_prefix: str, database: str, logged: io.BytesIO
) -> None:
    canary, desk = Canaries(), world.desk
    number = psa_fills(desk, canary)
    failing_at(desk, ticket_id(PSA, str(number)))
    await desk.deliver()
    raw = dict(tables(database))
    # the verified body of a callback is what was shown in between; it waits, durable, until the record is read again
    assert {name for name, data in raw.items() if canary.found(data)} == {"intake.psa_receipts"}

    await desk.settle()
    tells = Teller(world.people, canary)
    opened = await on_the_desk(tells)
    writable = free_texts(command for made in SERVICES.values() for command in made().commands)
    assert len(writable) > 30
    assert writable - tells.told == set(), "the story says nothing in these fields"
    await desk.settle()
    places = {name: canary.found(data) for name, data in tables(database)}
    rows = {name: len(data) for name, data in tables(database)}
    assert min(rows[name] for name in ("docs.parked", "intake.effects", "sla.tickets", "triage.stored_events")) > 100
    for stream in Stream:
        records = await everything(kafka, kafka_prefix + stream.topic)
        data = b"".join((r.key or b"") + (r.value or b"") + repr(r.headers).encode() for r in records)
        places[stream.topic] = canary.found(data)
        assert records or stream not in (Stream.TICKETS, Stream.PEOPLE, Stream.CLIENTS, Stream.OPS), stream
    for service, hosted in desk.hosted.items():
        await hosted.service.measure()
        places[f"{service} metrics"] = canary.found(hosted.service.metrics.render())
    places["traces"] = canary.found(json.dumps([s.to_json() for s in world.spans.get_finished_spans()]).encode())
    places["logs"] = canary.found(logged.getvalue())
    assert world.spans.get_finished_spans() and logged.getvalue()
    assert {name: sorted(found) for name, found in places.items() if found} == {}

    await erased(world, canary, [opened, ticket_id(PSA, str(number))])


async def erased(world: World, canary: Canaries, tickets: list[str]) -> None:
    """Without the contact's key nobody reads anything of them, and every chain of facts still holds."""
    before = [canary.found(await world.answers(ticket)) for ticket in tickets]
    assert all(len(found) > 3 for found in before), "whoever holds the key reads what was written"
    destroyed = world.desk.intake.parts.ring.destroy(f"person:{CONTACT}")
    assert destroyed is not None
    for ticket in tickets:
        answers = await world.answers(ticket)
        assert canary.found(answers) == set()
        shown = await world.people.read("sla", ticket)
        assert shown["problem"] == {"unreadable": "erased", "key": destroyed}
    for hosted in world.desk.hosted.values():
        log = hosted.service.log
        assert broken_links(log.store, log.language.decode) == []
