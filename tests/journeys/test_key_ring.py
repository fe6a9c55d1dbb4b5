"""A key ring older than the facts, or lost: noticed, said, never covered by new keys; erased keys stay erased."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from desk.decision.principal import Role
from desk.keyring.postgres import PostgresKeyRing
from desk.testing import controls as c
from desk_deploy.testing import command_line
from desk_deploy.testing.reused_database import new_database
from desk_deploy.up.one_process import embedded

from .people import Desk
from .ring_copies import RingCopy, drop_ring, keys_of

pytestmark = pytest.mark.postgres
SERVICES = ("intake", "triage", "sla", "billing", "docs")
PERSON = f"person:{c.CONTACT}"
PATIENCE = 20.0


@asynccontextmanager
async def started(database: str, data: Path) -> AsyncIterator[Desk]:
    async with embedded(data, database) as running, Desk.of(running, data) as desk:
        yield desk


async def with_tickets(database: str, data: Path) -> tuple[RingCopy, str, str]:
    """A ticket of no contact before a copy of the ring is taken and one after it; the desk has ended."""
    async with started(database, data) as desk:
        await desk.know_acme()
        early = await desk.opens(contact=None, problem="printer jam")
        copy = RingCopy.of(database)
        late = await desk.opens(contact=None, problem="VPN down")
        await everywhere(desk, early, late)
    return copy, early, late


async def everywhere(desk: Desk, *tickets: str) -> None:
    for service in SERVICES:
        for ticket in tickets:
            await until(lambda s=service, t=ticket: has_ticket(desk, s, t))  # type: ignore[misc]


async def has_ticket(desk: Desk, service: str, ticket: str) -> bool:
    headers = desk.headers(Role.COORDINATOR, "coco")
    return (await desk.http.get(f"/{service}/tickets/{ticket}", headers=headers)).status_code == 200


async def until(condition: Callable[[], Any]) -> None:
    end = time.monotonic() + PATIENCE
    while not await condition():
        assert time.monotonic() < end, "it never came"
        await asyncio.sleep(0.1)


async def get(desk: Desk, path: str) -> dict[str, Any]:
    answer = await desk.http.get(path, headers=desk.headers(Role.ADMIN, "ada"))
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def metric(desk: Desk, service: str, name: str) -> float:
    text = (await desk.http.get(f"/{service}/metrics")).text
    return float(next(line.split()[1] for line in text.splitlines() if line.startswith(f"{name} ")))


async def said(desk: Desk, *command: object, code: int = 0, **env: str) -> str:
    """Run a command against this desk; its output."""
    env = {"DESK_URL": desk.running.url, "DESK_TOKEN": desk.running.token, **env}
    done = await asyncio.to_thread(command_line.run, *command, env=env)
    assert done.returncode == code, (done.stdout, done.stderr)
    return done.stdout


async def missing(desk: Desk, service: str) -> dict[str, dict[str, Any]]:
    """By subject, the keys that the service's facts name and the ring lacks."""
    items = (await get(desk, f"/{service}/keys"))["items"]
    return {item["subject"]: item for item in items}


async def test_a_ring_older_than_the_facts_is_noticed_and_said_by_every_service(database: str, tmp_path: Path) -> None:
    copy, early, late = await with_tickets(database, tmp_path)
    (key, _), *_rest = keys_of(database, f"ticket:{late}")
    copy.restore(database)
    async with started(database, tmp_path) as desk:
        for service in SERVICES:
            assert (await desk.read(service, late))["problem"] == {"unreadable": "key-lost", "key": key}
            assert (await desk.read(service, early))["problem"] == "printer jam"
            (item,) = (await missing(desk, service)).values()
            assert (item["key"], item["subject"], item["state"]) == (key, f"ticket:{late}", "missing")
            assert item["facts"] >= 1 and item["aggregate"] == late
            assert (await get(desk, f"/{service}/status"))["keys"]["missing"] == 1
            assert await metric(desk, service, "desk_keys_missing") == 1
            assert await metric(desk, service, "desk_facts_without_key") == item["facts"]
            ready = await desk.http.get(f"/{service}/health/ready")
            assert ready.status_code == 200, "everything else works on"
            assert "lacks 1 keys" in ready.json()["notes"]["keys"]
        timeline = await get(desk, f"/intake/tickets/{late}/timeline")
        fact = next(item["data"] for item in timeline["items"] if item["type"] == "desk.intake.ticket-opened.v1")
        assert fact["problem"] == {"unreadable": "key-lost", "key": key}


async def test_no_text_is_sealed_under_a_new_key_in_place_of_a_lost_one(database: str, tmp_path: Path) -> None:
    copy, early, late = await with_tickets(database, tmp_path)
    copy.restore(database)
    async with started(database, tmp_path) as desk:
        desk.seen.clear()
        refused = await desk.command("intake", "note", late, text="called back", internal=True)
        assert (refused.status_code, refused.json()["code"]) == (409, "key_missing")
        assert refused.json()["subject"] == f"ticket:{late}"
        assert "desk keys list" in refused.json()["remedy"]
        assert keys_of(database, f"ticket:{late}") == []
        await desk.does("triage", "assess-priority", late, impact="low", urgency="medium")
        await desk.does("intake", "note", early, text="called back", internal=True)
        fresh = await desk.opens(contact=None, problem="new printer")
        assert (await desk.read("intake", fresh))["problem"] == "new printer"


async def test_verify_fails_and_names_the_key_until_an_operator_gives_it_up(database: str, tmp_path: Path) -> None:
    copy, _, late = await with_tickets(database, tmp_path)
    (key, _), *_rest = keys_of(database, f"ticket:{late}")
    copy.restore(database)
    verified = await asyncio.to_thread(command_line.run, "verify", "--database", database)
    assert verified.returncode == 1 and key in verified.stdout, verified.stdout
    assert "equal" not in verified.stdout
    async with started(database, tmp_path) as desk:
        assert await said(desk, "keys", "accept-loss", key) == "1 key given up\n"
        desk.seen.clear()
        await desk.does("intake", "note", late, text="called back", internal=True)
        assert (await desk.read("intake", late))["problem"] == {"unreadable": "key-lost", "key": key}

        async def replicated() -> bool:
            return all([(await get(desk, f"/{s}/keys"))["missing"] == 0 for s in SERVICES])

        await until(replicated)
        assert "cannot be read: its key is missing from the key ring" in await said(desk, "ticket", "show", late)
        assert "1 key given up" in await said(desk, "verify")
    query = "SELECT state FROM intake.stored_events WHERE own AND topic LIKE '%.key-loss-accepted.v1'"
    with psycopg.connect(database) as session:
        ((raw,),) = session.execute(query).fetchall()
    assert key.encode() in raw and b"person:desk-cli" in raw


async def test_a_ring_dropped_under_running_services_is_noticed_before_a_key_is_made(
    database: str, tmp_path: Path
) -> None:
    async with started(database, tmp_path) as desk:
        await desk.know_acme()
        ticket = await desk.opens(problem="VPN down")
        await everywhere(desk, ticket)
        await get(desk, "/intake/keys")
        drop_ring(database)
        ring = desk.running.hosted["intake"].parts.ring
        assert isinstance(ring, PostgresKeyRing)
        fresh = await desk.opens(contact=None, problem="printer jam")
        assert keys_of(database, PERSON) == []
        assert len(keys_of(database, f"ticket:{fresh}")) == 1
        found = await missing(desk, "intake")
        assert found[PERSON]["state"] == "missing"
        refused = await desk.command("intake", "note", ticket, text="called back", internal=True)
        assert refused.json()["code"] == "key_missing"
    assert ring.audits == [], "a service that has ended is not asked before a key is made"


async def test_an_erased_key_that_an_older_ring_brings_back_is_erased_again(database: str, tmp_path: Path) -> None:
    async with started(database, tmp_path) as desk:
        await desk.know_acme()
        ticket = await desk.opens(problem="VPN down")
        await everywhere(desk, ticket)
        copy = RingCopy.of(database)
        key = desk.running.hosted["intake"].parts.ring.destroy(PERSON)
        assert key is not None

        async def recorded() -> bool:
            return all([(await get(desk, f"/{s}/keys"))["erased"] == 1 for s in SERVICES])

        await until(recorded)
        query = "SELECT count(*) FROM sla.stored_events WHERE topic = 'desk.intake.key-erased.v1'"

        async def replicated() -> bool:
            with psycopg.connect(database) as session:
                return session.execute(query).fetchone() == (1,)

        await until(replicated)
    copy.restore(database)
    assert keys_of(database, PERSON) == [(key, True)]
    async with started(database, tmp_path) as desk:
        assert keys_of(database, PERSON) == [(key, False)]
        for service in SERVICES:
            assert (await desk.read(service, ticket))["problem"] == {"unreadable": "erased", "key": key}
            assert (await get(desk, f"/{service}/status"))["keys"]["missing"] == 0
        assert sum([await metric(desk, s, "desk_keys_erased_again") for s in SERVICES]) >= 1
    drop_ring(database)
    async with started(database, tmp_path) as desk:
        assert keys_of(database, PERSON) == [(key, False)], "a lost ring does not make a lost key of an erased one"
        assert (await desk.read("sla", ticket))["problem"] == {"unreadable": "erased", "key": key}


async def test_a_newer_copy_of_the_ring_repairs_an_older_one(database: str, tmp_path: Path, postgres: Any) -> None:
    copy, _, late = await with_tickets(database, tmp_path)
    newer = RingCopy.of(database)
    copy.restore(database)
    async with started(database, tmp_path) as desk:
        await until(lambda: in_state(desk, 1))
        with new_database(postgres, "ring") as other:
            with psycopg.connect(other, autocommit=True) as session:
                session.execute("CREATE SCHEMA keyring")
                session.execute("CREATE TABLE keyring.keys (key_id text)")
            newer.restore(other)
            copied = await said(desk, "keys", "copy", "--from", other, DESK_KEYRING_URL=database)
            assert copied == "1 key copied; check with `desk verify`\n"
        await until(lambda: in_state(desk, 0))
        assert (await desk.read("docs", late))["problem"] == "VPN down"
        await desk.does("intake", "note", late, text="called back", internal=True)


async def in_state(desk: Desk, number: int) -> bool:
    return all([(await get(desk, f"/{service}/keys"))["missing"] == number for service in SERVICES])
