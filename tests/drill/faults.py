"""The database in trouble, under load: read-only, hung, its disk full, out of connections."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import psycopg
from tests.chaos.checks.drained import at_rest
from tests.chaos.desk.waiting import deliveries
from tests.chaos.desk.world import World
from tests.chaos.journal import Journal
from tests.chaos.people.load import load
from tests.drill.checker import snapshot
from tests.drill.requests import first_ticket, until_decided
from tests.drill.restoring import AFTER, BEFORE, DRAIN, PACE, USERS, judged
from tests.drill.row import Result, Row

from desk_deploy.postgres.instance import EmbeddedPostgres
from desk_deploy.services import SERVICES

RECOVERS_WITHIN = 10.0
ROUNDS, MOST = 60, 500
ANSWERS_WITHIN = 3.0
"""Seconds that metrics and liveness may take while the database is in trouble."""
DUE = "SELECT count(*) FROM {0}.timers WHERE due < now() - interval '10 seconds'"
WAITING = (
    "SELECT count(*) FROM intake.effects WHERE state IN ('planned', 'sent', 'unknown')"
    " AND next < now() - interval '10 s' AND (leased IS NULL OR leased < now())",
    "SELECT count(*) FROM intake.psa_receipts WHERE state = 'unread' AND next < now() - interval '10 s'",
)


class Fault:
    """One row on a running world whose database server may be hurt."""

    def __init__(self, world: World, server: EmbeddedPostgres, row: Row, seed: int) -> None:
        self._world, self._server, self._row = world, server, row
        self.result = Result(row, seed)

    async def run(self) -> Result:
        """Load, the fault while the load goes on, and how long it takes until everything works again."""
        async with load(self._world, self.result.seed, users=USERS, pace=PACE) as journal:
            await asyncio.sleep(BEFORE)
            ticket = await first_ticket(journal.path)
            self._remember()
            first = len(await deliveries(self._world))
            began = time.monotonic()
            async with self._fault():
                watched = await self._watched(began)
            ended = time.monotonic()
            found = await until_decided(self._world, SERVICES, ticket, ended)
            tries = (await deliveries(self._world))[first:]
            await asyncio.sleep(AFTER + RECOVERS_WITHIN)
            self._loops()
        self._judge_watched(watched, journal, began, ended, tries)
        late = [f"{name} decides after {at}" for name, at in found.items() if at is None or at > RECOVERS_WITHIN]
        self.result.complaints += late
        self.result.decided = None if None in found.values() else max(at for at in found.values() if at is not None)
        await self._world.post("intake", "reconcile", {})
        await at_rest(self._world, DRAIN)
        self.result.figures = await judged(self._world, journal.path, self.result.seed)
        return self.result

    @asynccontextmanager
    async def _fault(self) -> AsyncIterator[None]:
        with ExitStack() as stack:
            if self._row.kind == "read-only":
                stack.enter_context(read_only(self._world))
            elif self._row.kind == "hang":
                stack.enter_context(hung(self._server))
            elif self._row.kind == "connections":
                stack.enter_context(no_connection(self._world.places.database))
            else:
                stack.enter_context(full_disk(self._server))
            yield

    async def _watched(self, began: float) -> list[tuple[str, str, int, float]]:
        """(service, path, status or 0, seconds) of what was asked while it lasted."""
        found = []
        async with httpx.AsyncClient(timeout=ANSWERS_WITHIN) as http:
            while time.monotonic() - began < self._row.seconds:
                for name, member in self._world.members.items():
                    for path in ("health/live", "health/ready", "metrics"):
                        at, status = time.monotonic(), 0
                        with suppress(httpx.TransportError):
                            status = (await http.get(f"{member.url}/{path}")).status_code
                        found.append((name, path, status, time.monotonic() - at))
                await asyncio.sleep(0.5)
        return found

    def _judge_watched(
        self,
        watched: Sequence[tuple[str, str, int, float]],
        journal: Journal,
        began: float,
        ended: float,
        tries: Sequence[dict[str, Any]],
    ) -> None:
        complaints = Counter(
            f"{name}: /{path} answered {status or 'nothing'} while it lasted"
            for name, path, status, _ in watched
            if status != 200 and not (path == "health/ready" and status == 503)
        )
        within = [request for request in journal.requests if began <= request.at < ended]
        complaints.update(f"{r.service}: a command answered 500" for r in within if r.status == 500)
        complaints.update("a callback was answered 500" for one in tries if one["status"] == 500)
        slow = max((request.seconds for request in within), default=0.0)
        refused = sum(request.status == 503 for request in within)
        self.result.remark = f"{refused} of {len(within)} commands refused (503), longest {slow:.1f} s"
        if not refused and self._row.kind != "disk-full":
            complaints["no command was refused: nothing was exercised"] += 1
        if slow > 2 * ANSWERS_WITHIN:
            complaints[f"a command waited {slow:.1f} s"] += 1
        self.result.complaints += [f"{text} ({number} times)" for text, number in complaints.items()]

    def _loops(self) -> None:
        """Whether timers fire, calls go out and receipts are read again."""
        for name in SERVICES:
            if late := self._world.sql(DUE.format(name))[0][0]:
                self.result.complaints.append(f"{name}: {late} timers are due and do not fire")
        for query, what in zip(WAITING, ("calls", "receipts"), strict=True):
            if waiting := self._world.sql(query)[0][0]:
                self.result.complaints.append(f"intake: {waiting} {what} wait and are not taken")

    def _remember(self) -> None:
        before = snapshot(self._world.places.database) | {"restored": []}
        (self._world.places.folder / "before.json").write_text(json.dumps(before), "utf-8")


@contextmanager
def read_only(world: World) -> Iterator[None]:
    """Refuse writes, as a standby does that was not promoted yet."""
    others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'desk-%'"
    with psycopg.connect(world.places.database, autocommit=True) as session:
        session.execute("SET default_transaction_read_only = off")
        session.execute("ALTER ROLE desk SET default_transaction_read_only = on")
        session.execute(others)
        try:
            yield
        finally:
            session.execute("SET default_transaction_read_only = off")
            session.execute("ALTER ROLE desk RESET default_transaction_read_only")
            session.execute(others)


@contextmanager
def hung(server: EmbeddedPostgres) -> Iterator[None]:
    """Every process of the server stands still."""
    assert server.pid is not None
    pids = [server.pid, *_children(server.pid)]
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


@contextmanager
def no_connection(database: str) -> Iterator[None]:
    """Others hold every connection: sessions of the services are ended, and the places are taken at once."""
    held: list[psycopg.Connection[Any]] = []
    others = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND application_name <> 'drill'"
        " AND backend_type = 'client backend'"
    )
    try:
        with psycopg.connect(database, autocommit=True, application_name="drill") as session:
            for _ in range(ROUNDS):
                left = session.execute(others).fetchall()
                with suppress(psycopg.OperationalError):
                    while len(held) < MOST:
                        held.append(psycopg.connect(database, application_name="drill"))
                if not left:
                    break
            else:
                raise RuntimeError("the services' connections could not be taken")
        with suppress(psycopg.OperationalError):
            held.append(psycopg.connect(database, application_name="drill"))
        yield
    finally:
        for connection in held:
            connection.close()


@contextmanager
def full_disk(server: EmbeddedPostgres) -> Iterator[None]:
    """Fill the file system of the server with ballast. A server that gave up is started, as a supervisor does it."""
    ballast = server.data_dir / "ballast"
    try:
        with ballast.open("wb", buffering=0) as file, suppress(OSError):
            while True:
                file.write(bytes(1_000_000))
        with ballast.open("ab", buffering=0) as file, suppress(OSError):
            while True:
                file.write(bytes(512))
        yield
    finally:
        ballast.unlink(missing_ok=True)
        server.start()


def _children(parent: int) -> list[int]:
    task = Path(f"/proc/{parent}/task/{parent}/children")
    return [int(pid) for pid in task.read_text().split()]
