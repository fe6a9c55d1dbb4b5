"""Operations and security events of services, recorded in the event store like all other facts."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from desk.bus.local.bus import LocalBus
from desk.contract.event import Event
from desk.contract.streams.operations import FactUnparked, ViewRebuilt
from desk.contract.streams.security import AccessRefused
from desk.eventstore.catalogue_event_model import catalogued
from desk.eventstore.errors import StoreUnavailable
from desk.eventstore.unit_of_work.commit_notifier import CommitNotifier
from desk.http.auth.access_denials import AccessDenials, DenialReporter
from desk.keyring.postgres import PostgresKeyRing
from desk.policies import PolicyBook
from desk.service.composition import ServiceApp
from desk.service.definition import tables_of
from desk.service.service import RuntimeContext, Service, ServiceSpec
from desk.testing.events import AnyEvent
from desk_deploy.testing.psa_bench import Bench, bench
from desk_triage.main import TRIAGE

pytestmark = pytest.mark.postgres
NOTED = "desk.intake.note-added.v1"


async def told(hosted: ServiceApp | Service, stream: str = "ops") -> list[AnyEvent]:
    """Own facts of that stream, readable, in order."""
    service = hosted.service if isinstance(hosted, ServiceApp) else hosted
    query = "SELECT state FROM stored_events WHERE own AND originator_id LIKE %s ORDER BY notification_id"
    rows = service.log.store.execute(lambda cursor: cursor.execute(query, (f"{stream}:%",)).fetchall())
    return [service.log.language.decode(row[0]) for row in rows]


def names(events: list[AnyEvent]) -> list[str]:
    return [event.data.name for event in events]


async def test_a_call_is_told_as_planned_sent_and_done_with_the_fact_that_asked_for_it(database: str) -> None:
    async with bench(database, TRIAGE) as desk:
        number = desk.open_ticket()
        await desk.settle()
        desk.clock.advance()
        desk.jdoe.set_status(number, "closed")
        await desk.settle()
        events = [event for event in await told(desk.intake) if "effect" in event.data.name]
        by_effect: dict[str, list[AnyEvent]] = {}
        for event in events:
            by_effect.setdefault(event.data.effect, []).append(event)
        ended = "SELECT id::text, state FROM effects WHERE ended IS NOT NULL"
        store = desk.intake.service.log.store
        assert by_effect.keys() == {row[0] for row in store.execute(lambda cursor: cursor.execute(ended).fetchall())}
        done = [group for group in by_effect.values() if group[-1].data.name == "effect-done"]
        assert done
        for planned, sent, outcome in done:
            assert names([planned, sent, outcome]) == ["effect-planned", "effect-sent", "effect-done"]
            assert planned.causationid == planned.data.cause
            assert planned.data.vendor == "psa"
            assert (sent.data.attempt, outcome.traceparent) == (1, planned.traceparent)


def failing(desk: Bench, how: Any) -> None:
    """Let triage handle notes like this."""
    reactions = desk.hosted["triage"].service.log.tables.reactions
    assert isinstance(reactions, dict)
    reactions[NOTED] = how


def broken(*_: object) -> list[Any]:
    raise LookupError("a reaction with a mistake")


async def test_parked_facts_are_told_when_they_wait_when_they_go_on_and_when_they_are_given_up(database: str) -> None:
    async with bench(database, TRIAGE) as desk:
        numbers = [desk.open_ticket(), desk.open_ticket()]
        await desk.settle()
        failing(desk, broken)
        desk.clock.advance()
        for number in numbers:
            desk.jdoe.add_note(number, "Tunnel key expired", kind="internal")
        await desk.settle()
        triage = desk.hosted["triage"]
        assert names(await told(triage)) == ["fact-parked", "fact-parked"]
        first, second = await asyncio.to_thread(triage.service.parking.heads)

        await asyncio.to_thread(triage.service.parking.skip, first.id, "wrong since Monday", "ada")
        failing(desk, lambda *_: [])
        await asyncio.to_thread(triage.service.parking.retry, second.aggregate)
        parked, other, skipped, unparked = await told(triage)
        assert names([skipped, unparked]) == ["fact-skipped", "fact-unparked"]
        assert {parked.data.place, other.data.place} == {skipped.data.place, unparked.data.place}
        assert (parked.data.cause, parked.data.detail[:11]) == ("handler", "LookupError")
        assert (skipped.data.by, skipped.data.event) == ("ada", first.event_id)
        assert triage.parts.unseal(skipped.data.reason) == "wrong since Monday"
        assert b"Monday" not in (await _raw(triage, skipped))


async def _raw(hosted: ServiceApp, event: Event) -> bytes:
    query = "SELECT state FROM stored_events WHERE event_id = %s"
    return bytes(hosted.service.log.store.execute(lambda c: c.execute(query, (event.id,)).fetchone())[0])  # type: ignore[index]


async def test_a_rebuilt_view_and_refused_access_are_told(database: str) -> None:
    async with bench(database, TRIAGE) as desk:
        desk.open_ticket()
        await desk.settle()
        triage = desk.hosted["triage"]
        facts = await triage.service.rebuild("tickets")
        rebuilt = (await told(triage))[-1].data
        assert isinstance(rebuilt, ViewRebuilt)
        assert (rebuilt.view, rebuilt.facts) == ("tickets", facts)

        transport = httpx.ASGITransport(triage.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://desk") as http:
            for _ in range(3):
                await http.get("/tickets")
        reporter = DenialReporter(
            triage.parts.http_context.denials,
            lambda fact: triage.service.record_operations_event(fact, subject=fact.who),
        )
        await reporter.turn()
        await reporter.turn()
        refused = await told(triage, "security")
        assert [(event.subject, event.data.counts) for event in refused] == [("anonymous", {"unauthenticated": 3})]


async def test_refused_access_is_counted_again_while_the_database_is_away_and_one_bad_caller_costs_no_other() -> None:
    counted, recorded = AccessDenials(), dict[str, int]()
    away = [True]

    async def tell(fact: AccessRefused) -> None:
        if away:
            raise StoreUnavailable
        if "\x00" in fact.who:
            raise ValueError("no text of PostgreSQL")
        recorded[fact.who] = sum(fact.counts.values())

    reporter = DenialReporter(counted, tell)
    for who in ("ann", "bad\x00", "ben", "ann"):
        counted.note(who, "forbidden_role")
    await reporter.turn()
    counted.note("ben", "forbidden_client")
    away.clear()
    await reporter.turn()
    assert recorded == {"ann": 2, "ben": 2}


async def test_two_processes_of_a_service_tell_in_one_sequence(database: str) -> None:
    async with bench(database, TRIAGE):
        notifier = CommitNotifier()
        with PostgresKeyRing(database) as ring:
            around = RuntimeContext(database, LocalBus(notifier), catalogued(ring), notifier)
            spec = ServiceSpec("triage", tables_of(TRIAGE), PolicyBook())
            pair = [Service(spec, around._replace(bus=LocalBus(notifier))) for _ in range(2)]
            for service in pair:
                await service.start()
            for turn in range(10):
                await asyncio.gather(
                    *(service.record_operations_event(FactUnparked(place=f"{turn}")) for service in pair)
                )
            found = await told(pair[0])
            for service in pair:
                await service.stop()
        assert [event.ownerseq for event in found] == list(range(1, 21))
