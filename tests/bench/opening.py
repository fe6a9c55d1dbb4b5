"""Tickets opened over HTTP, durable: intake alone and with all five services, beside raw inserts in the same run."""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
from tests.bench.figures import Figure, percentile, say

from desk.contract.event import Actor, Draft, Stream
from desk.contract.streams import clients
from desk.decision.context import DecisionContext
from desk.decision.principal import Role
from desk.eventstore.catalogue_event_model import catalogued
from desk.eventstore.event_log import EventLog
from desk.eventstore.handler_registry import Tables
from desk.eventstore.unit_of_work import work_items
from desk.http.auth.issuer import development_issuer
from desk.policies import PolicyBook
from desk_deploy.admin import settings_for
from desk_deploy.migrating import migrate_apart
from desk_deploy.postgres.instance import EmbeddedPostgres
from desk_deploy.services import SERVICES
from desk_deploy.up.env_vars import SHARED
from desk_deploy.up.fleet import Member

CLIENT, SECONDS = "acme", 8.0
RUNS = 3
"""The middle one is told."""


class Load(NamedTuple):
    """The result of one run of the load."""

    per_second: float
    p50: float
    p99: float


class Connection:
    """One keep-alive HTTP/1.1 connection: the load must cost less than what it measures."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, token: str) -> None:
        self._reader, self._writer, self._token = reader, writer, token

    async def open_ticket(self, number: int) -> None:
        """One ticket; anything but 201 is an error."""
        await self.command("/tickets", {"client": CLIENT, "problem": f"Printer {number} does not print"}, 201)

    async def command(self, path: str, body: object, expected: int = 200) -> bytes:
        """Send a command under a new Idempotency-Key; the response's body."""
        sent = json.dumps(body).encode()
        head = f"Idempotency-Key: {uuid4()}\r\nContent-Type: application/json\r\nContent-Length: {len(sent)}\r\n\r\n"
        return await self._answered(f"POST {path}", head.encode() + sent, expected)

    async def read(self, path: str) -> bytes:
        """The body of the response to a read."""
        return await self._answered(f"GET {path}", b"\r\n", 200)

    async def _answered(self, asked: str, rest: bytes, expected: int) -> bytes:
        head = f"{asked} HTTP/1.1\r\nHost: desk\r\nAuthorization: Bearer {self._token}\r\n"
        self._writer.write(head.encode() + rest)
        answer = await self._reader.readuntil(b"\r\n\r\n")
        length = next(int(line[15:]) for line in answer.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        body = await self._reader.readexactly(length)
        assert f" {expected} ".encode() in answer.split(b"\r\n", 1)[0], answer + body
        return body

    def close(self) -> None:
        self._writer.close()


async def load(url: str, token: str, at_once: int) -> Load:
    """As many openings as `at_once` connections get through in SECONDS, after a second of warming up."""
    parts = urlsplit(url)
    opened = [await asyncio.open_connection(parts.hostname, parts.port) for _ in range(at_once)]
    connections = [Connection(*pair, token) for pair in opened]
    taken: list[float] = []
    begin = time.perf_counter() + 1.0

    async def one(connection: Connection) -> None:
        while (now := time.perf_counter()) < begin + SECONDS:
            await connection.open_ticket(len(taken))
            if now >= begin:
                taken.append(time.perf_counter() - now)

    await asyncio.gather(*(one(connection) for connection in connections))
    for connection in connections:
        connection.close()
    return Load(len(taken) / SECONDS, percentile(taken, 0.5) * 1000, percentile(taken, 0.99) * 1000)


def know_client(url: str) -> None:
    """The client that the tickets are opened for, as intake observed it."""
    log = EventLog(url, "intake", catalogued(), Tables(), PolicyBook())
    log.start()
    observed = clients.ClientObserved(revision="1", instance="psa", record="1", active=True, title="Acme")
    tier = clients.TierAssigned(before=None, after="gold", effective=datetime.now(UTC) - timedelta(days=30))
    context = DecisionContext(id=uuid4(), actor=Actor("service", "bench"), now=datetime.now(UTC), policies=PolicyBook())
    drafts = [Draft(data=observed), Draft(data=tier)]
    log.writer.submit_wait(work_items.Command(Stream.CLIENTS, CLIENT, lambda _s, _d: drafts, context))
    log.stop()


def raw_inserts(url: str) -> float:
    """Rows a second that one connection commits one by one: what durability costs without a desk."""
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE raw (id uuid PRIMARY KEY, body bytea)")
        connection.commit()
        count, end = 0, time.perf_counter() + 3.0
        while time.perf_counter() < end:
            connection.execute("INSERT INTO raw VALUES (%s, %s)", (uuid4(), b"x" * 900))
            connection.commit()
            count += 1
    return count / 3.0


@asynccontextmanager
async def running(data: Path, url: str, names: tuple[str, ...]) -> AsyncIterator[tuple[str, str]]:
    """Services as processes on the local bus; (address of intake, token of a technician)."""
    settings = settings_for(data, {}, database_url=url, port=0)
    environment = {"DESK_DATABASE_URL": url, "DESK_TOKEN_KEY": str(settings.token_key), SHARED: "1"}
    members = [Member(name, data, environment) for name in names]
    try:
        intake = members[0]
        await _answering(intake.port)
        yield f"http://127.0.0.1:{intake.port}", development_issuer(settings).issue([Role.TIER1], sub="bench")
    finally:
        for member in members:
            await asyncio.to_thread(member.child.stop)


async def _answering(port: int) -> None:
    for _ in range(300):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.1)
        else:
            writer.close()
            return
    raise TimeoutError("intake did not start")


async def measure() -> list[Figure]:
    """Alone and with all five, at 8 and 64 connections."""
    figures: list[Figure] = []
    for label, names in (("intake alone", ("intake",)), ("all five services", tuple(SERVICES))):
        for at_once in (8, 64):
            say(f"opening tickets: {label}, {at_once} clients")
            runs = [await _anew(names, at_once) for _ in range(RUNS)]
            figures.append(_figure(label, at_once, *sorted(runs)[RUNS // 2]))
    return figures


async def _anew(names: tuple[str, ...], at_once: int) -> tuple[Load, float]:
    """The load and raw commits, on a server of their own: nobody has anything to catch up with."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        await asyncio.to_thread(data.chmod, 0o755)
        with EmbeddedPostgres(data) as server:
            await asyncio.to_thread(migrate_apart, server.url)
            await asyncio.to_thread(know_client, server.url)
            raw = await asyncio.to_thread(raw_inserts, server.url)
            async with running(data, server.url, names) as (url, token):
                return await load(url, token, at_once), raw


def _figure(label: str, at_once: int, found: Load, raw: float) -> Figure:
    aim = ">= 800/s, p99 <= 30 ms" if (label, at_once) == ("intake alone", 8) else ""
    value = f"{found.per_second:,.0f}/s, p50 {found.p50:.0f} ms, p99 {found.p99:.0f} ms"
    ratio = f"{found.per_second / raw:.2f} of raw single-row commits ({raw:,.0f}/s)"
    return Figure(f"tickets opened over HTTP, {label}, {at_once} clients", value, ratio, aim)
