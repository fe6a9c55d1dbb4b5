"""A desk as its user runs it: five operations through one port, with the processor time of each part.

`python -m tests.bench.one_port [--processes]` measures one of the two shapes, for comparing two states of the code.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import NamedTuple
from urllib.parse import urlsplit

from tests.bench.figures import Figure, percentile, say, table
from tests.bench.opening import CLIENT, Connection, know_client, raw_inserts
from tests.bench.processor_time import Seconds, seconds_by_part, since
from tests.bench.whole_desk import DESK

from desk.decision.principal import Role
from desk.http.auth.issuer import development_issuer
from desk_deploy.admin import settings_for
from desk_deploy.migrating import migrate_apart
from desk_deploy.postgres.instance import EmbeddedPostgres

AT_ONCE, SECONDS, WARM_UP, DRAINING, IDLE = 8, 5.0, 100, 1.5, 3.0
Operation = Callable[[Connection, str], Awaitable[object]]
OPENED = "tickets opened"


async def _open(connection: Connection, _ticket: str) -> object:
    body = {"client": CLIENT, "problem": "The printer on the second floor does not print"}
    return await connection.command("/intake/tickets", body, 201)


async def _comment(connection: Connection, ticket: str) -> object:
    body = {"cycle": 1, "text": "The caller restarted the printer; it still does not print."}
    return await connection.command(f"/intake/tickets/{ticket}/note", body)


async def _wait_or_resume(connection: Connection, ticket: str) -> object:
    answer = json.loads(await connection.command(f"/triage/tickets/{ticket}/wait", {"cycle": 1, "on": "internal"}))
    if not answer["facts"]:
        return await connection.command(f"/triage/tickets/{ticket}/resume", {"cycle": 1})
    return answer


async def _read(connection: Connection, ticket: str) -> object:
    return await connection.read(f"/intake/tickets/{ticket}")


async def _list(connection: Connection, _ticket: str) -> object:
    return await connection.read("/intake/tickets?limit=50&open=true")


OPERATIONS: dict[str, tuple[Operation, str]] = {
    OPENED: (_open, ">= 400/s, p99 <= 60 ms"),
    "comment": (_comment, ">= 500/s, p99 <= 40 ms"),
    "status change": (_wait_or_resume, ">= 500/s, p99 <= 40 ms"),
    "read one": (_read, ">= 800/s"),
    "list of 50": (_list, ">= 500/s"),
}


class Run(NamedTuple):
    """One operation for SECONDS: seconds of each request, and processor seconds by part until all is applied."""

    taken: list[float]
    used: Seconds

    @property
    def each(self) -> dict[str, float]:
        """Milliseconds of processor time per request, by part."""
        return {
            part: seconds * 1000 / len(self.taken)
            for part, seconds in sorted(self.used.items(), key=lambda one: -one[1])
        }


class Desk(NamedTuple):
    """A running desk. `token`: of a technician."""

    pid: int
    url: str
    database: str
    token: str


def measure() -> list[Figure]:
    """Both shapes of a desk."""
    return [figure for processes in (False, True) for figure in shape(processes)]


def shape(processes: bool) -> list[Figure]:
    """The figures of a desk in one process, or in one per service."""
    name = "five processes" if processes else "one process"
    say(f"five operations through one port: {name}")
    with tempfile.TemporaryDirectory() as folder:
        prepare(Path(folder))
        with running(Path(folder), processes) as desk:
            return asyncio.run(_figures(desk, name))


def prepare(data: Path) -> None:
    """A desk's database in `data` that knows one client."""
    data.chmod(0o755)
    with EmbeddedPostgres(data) as server:
        migrate_apart(server.url)
        know_client(server.url)


async def _figures(desk: Desk, name: str) -> list[Figure]:
    raw = await asyncio.to_thread(raw_inserts, desk.database)
    before = seconds_by_part(desk.pid)
    await asyncio.sleep(IDLE)
    idle = sum(since(before, desk.pid).values()) / IDLE
    tickets = [json.loads(body)["subject"] for body in await _warmed_up(desk)]
    figures = [Figure(f"{name}: processor time of an idle desk", f"{idle * 100:.1f} % of a core")]
    for what, (operation, aim) in OPERATIONS.items():
        run = await _load(desk, operation, tickets)
        said = ", ".join(f"{part} {value:.1f}" for part, value in run.each.items())
        figures += [
            Figure(f"{name}, {AT_ONCE} clients: {what}", *_said(run, raw), aim),
            Figure(f"{name}: processor time for each of these", f"{sum(run.each.values()):.1f} ms: {said}"),
        ]
        if what == OPENED:
            figures[-1] = figures[-1]._replace(aim="<= 4 ms")
    alone = await _load(desk, _open, tickets, at_once=1)
    return [*figures, Figure(f"{name}, 1 client: {OPENED}", *_said(alone, raw), "p50 <= 6 ms")]


def _said(run: Run, raw: float) -> tuple[str, str]:
    rate = len(run.taken) / SECONDS
    p50, p99 = (percentile(run.taken, share) * 1000 for share in (0.5, 0.99))
    return (
        f"{rate:,.0f}/s, p50 {p50:.0f} ms, p99 {p99:.0f} ms",
        f"{rate / raw:.2f} of raw single-row commits ({raw:,.0f}/s)",
    )


async def _load(desk: Desk, operation: Operation, tickets: list[str], at_once: int = AT_ONCE) -> Run:
    """Each connection asks on tickets of its own, so that no command meets another of the same ticket."""
    opened = [await connected(desk) for _ in range(at_once)]
    taken: list[float] = []
    before, end = seconds_by_part(desk.pid), time.perf_counter() + SECONDS

    async def one(place: int) -> None:
        mine = tickets[place::at_once]
        while (now := time.perf_counter()) < end:
            await operation(opened[place], mine[len(taken) % len(mine)])
            taken.append(time.perf_counter() - now)

    await asyncio.gather(*map(one, range(at_once)))
    for connection in opened:
        connection.close()
    await asyncio.sleep(DRAINING)
    return Run(taken, since(before, desk.pid))


async def _warmed_up(desk: Desk) -> list[bytes]:
    connection = await connected(desk)
    answers = [await _open(connection, "") for _ in range(WARM_UP)]
    tickets = [json.loads(answer)["subject"] for answer in answers if isinstance(answer, bytes)]
    await asyncio.sleep(DRAINING)
    for operation, _ in OPERATIONS.values():
        for ticket in tickets[: WARM_UP // 2]:
            await operation(connection, ticket)
    connection.close()
    return [answer for answer in answers if isinstance(answer, bytes)]


async def connected(desk: Desk) -> Connection:
    """A keep-alive connection to the one port."""
    parts = urlsplit(desk.url)
    return Connection(*await asyncio.open_connection(parts.hostname, parts.port), desk.token)


@contextmanager
def running(data: Path, processes: bool) -> Iterator[Desk]:
    """`desk up` on `data` until the block ends."""
    program = [DESK, "up", "--port", "0", "--data", str(data), *(["--processes"] if processes else [])]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as desk:
        assert desk.stdout is not None
        assert any(line.startswith("desk ready") for line in desk.stdout)
        note = json.loads((data / "desk.json").read_text())
        issuer = development_issuer(settings_for(data, {}, database_url=note["database"]))
        token = issuer.issue([Role.TIER1], sub="bench")
        shown = Thread(target=desk.stdout.read)
        shown.start()
        try:
            yield Desk(desk.pid, note["url"], note["database"], token)
        finally:
            desk.send_signal(signal.SIGINT)
            shown.join()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=measure.__doc__)
    parser.add_argument("--processes", action="store_true", help="one process per service")
    sys.stdout.write(table(shape(parser.parse_args().processes)) + "\n")
