"""A whole desk in this process, a simulated PSA that calls it, and people who go on with their work all the time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import psycopg
from tests.chaos.desk.workdir import INSTANCE, Places, document
from tests.journeys.people import Desk

from desk.decision.principal import Role
from desk.http.app.serving import listen
from desk.testing import controls as c
from desk_deploy.demo.demo import publish_policies
from desk_deploy.services import SERVICES
from desk_deploy.up.one_process import embedded
from desk_deploy.up.process import LOOPBACK
from desk_simulators.connectwise import ConnectWiseSimulator

TICKET = {"client": c.CLIENT, "contact": c.CONTACT, "problem": "VPN", "symptom": "vpn", "not_a_duplicate": "drill"}


class Answer(NamedTuple):
    """The answer to one request."""

    status: int
    retry_after: str
    seconds: float


class Fault(NamedTuple):
    """Answers to people and to the PSA while a fault lasted, and readiness and liveness at its end.

    `busy`: seconds that a task which was ready to run had to wait for the processor, at most.
    """

    answers: list[Answer]
    busy: float
    callbacks: set[int | None]
    ready: dict[str, int]
    live: dict[str, int]

    @property
    def longest(self) -> float:
        """Seconds of the slowest answer."""
        return max(answer.seconds for answer in self.answers)


class DeskAndPsa:
    """`sql` looks into the database beside the desk."""

    def __init__(self, people: Desk, psa: ConnectWiseSimulator, url: str) -> None:
        self.people, self.psa, self.url = people, psa, url
        self.jdoe = psa.technician("jdoe")

    async def open_ticket(self) -> Answer:
        """A technician opens a ticket at the desk."""
        headers = self.people.headers(Role.TIER1, "tess", **{"Idempotency-Key": str(uuid4())})
        start = time.monotonic()
        answer = await self.people.http.post("/intake/tickets", json=TICKET, headers=headers)
        return Answer(answer.status_code, answer.headers.get("Retry-After", ""), time.monotonic() - start)

    async def during(self, seconds: float) -> Fault:
        """Open tickets at the desk and in the PSA for so long, then ask for readiness and liveness."""
        end, sent, opened = time.monotonic() + seconds, list[asyncio.Task[Answer]](), set[int]()
        busy = 0.0
        while time.monotonic() < end:
            sent.append(asyncio.create_task(self.open_ticket()))
            opened.add(int(self.jdoe.open_ticket("Printer jams", 250, contact=611)["id"]))
            ready_at = time.monotonic() + 0.25
            await asyncio.sleep(0.25)
            busy = max(busy, time.monotonic() - ready_at)
        live, ready = await asyncio.gather(self.health("live"), self.health("ready"))
        answers = await asyncio.gather(*sent)
        # a callback of an earlier ticket may have been on its way when the fault began
        callbacks = {attempt.status for attempt in list(self.psa.ledger.attempts) if attempt.record_id in opened}
        return Fault(list(answers), busy, callbacks, ready, live)

    async def health(self, what: str) -> dict[str, int]:
        """Status code by service."""
        answers = [await self.people.http.get(f"/{name}/health/{what}") for name in SERVICES]
        return {name: answer.status_code for name, answer in zip(SERVICES, answers, strict=True)}

    def sql(self, query: str) -> int:
        """The sum of a number over the schemas of all services, `{}` in the query."""
        with psycopg.connect(self.url, autocommit=True, options="-c default_transaction_read_only=off") as session:
            found = [session.execute(query.format(name).encode()) for name in SERVICES]
            return sum(row.fetchall()[0][0] if row.description else row.rowcount for row in found)

    def do(self, statement: str) -> None:
        """Change something behind the desk's back."""
        with psycopg.connect(self.url, autocommit=True) as session:
            session.execute(statement.encode())

    def overdue(self) -> dict[str, Any]:
        """Overdue work: timers, receipts, calls that nobody has in hand, and parked facts."""
        with psycopg.connect(self.url, autocommit=True) as session:
            # one of a record that a call of ours is made to waits for that call
            due = (
                "state = 'unread' AND next < now() - interval '1.5 seconds' AND detail <> 'a call of ours is under way'"
            )
            receipts = session.execute(f"SELECT detail, tries, leased FROM intake.psa_receipts WHERE {due}").fetchall()
        calls = "state = 'planned' AND leased IS NULL AND next < now() - interval '1.5 seconds' AND tries = 0"
        return {
            "timers": self.sql("SELECT count(*) FROM {}.timers WHERE due < now() - interval '1.5 seconds'"),
            "calls": self.sql(f"SELECT count(*) FROM {{}}.effects WHERE {calls}"),
            "parked": self.sql("SELECT count(*) FROM {}.parked WHERE state = 'waiting'"),
            "receipts": receipts,
        }

    def lateness(self) -> dict[str, float]:
        """Seconds by which the next turn of every loop of every service is late."""
        logs = {name: hosted.service.log for name, hosted in self.people.running.hosted.items()}
        return {f"{name} {beat.name}": beat.late for name, log in logs.items() for beat in log.loops.heartbeats()}


@asynccontextmanager
async def desk_and_psa(url: str, folder: Path) -> AsyncIterator[DeskAndPsa]:
    """Five services on that database, and a PSA."""
    listener = listen(LOOPBACK, 0)
    places, psa = Places(folder, url, "", ""), ConnectWiseSimulator()
    document(places, f"http://{LOOPBACK}:{listener.getsockname()[1]}/intake")
    async with (
        psa.serve(places.psa_port),
        embedded(folder, url, listener=listener, psa=str(folder / "psa.yaml")) as running,
        Desk.of(running, folder) as people,
    ):
        second = people.issue([Role.ADMIN], sub="second")
        await publish_policies(running.url, [running.token, second], INSTANCE)
        await people.know_acme()
        yield DeskAndPsa(people, psa, url)


async def within(seconds: float, done: Callable[[], Awaitable[Any]]) -> tuple[Any, float]:
    """The first true result of `done` (or its last one), and the seconds until then."""
    start = time.monotonic()
    for _ in range(int(seconds * 10)):
        if (found := await done()) or time.monotonic() - start > seconds:
            break
        await asyncio.sleep(0.1)
    return found, time.monotonic() - start
