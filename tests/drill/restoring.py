"""Stores and the key ring put back, under load: dropped, older, all to one point."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

import httpx
from tests.chaos.checks.drained import at_rest
from tests.chaos.desk.workdir import ROOT, checked
from tests.chaos.desk.world import World
from tests.chaos.people.load import load
from tests.drill.checker import missing_keys, snapshot
from tests.drill.copies import KEY_RING, drop, dump, restore
from tests.drill.requests import accepted, first_ticket, new_subjects, repeated, until_decided
from tests.drill.row import Result, Row

from desk.eventstore.schema import migrate
from desk_deploy.services import SERVICES

BEFORE, LOST, AFTER, DRAIN = 5.0, 6.0, 5.0, 75.0
USERS, PACE = 4, 0.5
REPEATED = 20


class Restoring:
    """One row on a running world."""

    def __init__(self, world: World, row: Row, seed: int) -> None:
        self._world, self._row = world, row
        self._folder, self._database = world.places.folder, world.places.database
        self._stopped = tuple(SERVICES) if row.kind in ("point", "ring") else row.services
        self._moment, self._stretch = 0.0, (0.0, 0.0)
        self.result = Result(row, seed)

    async def run(self) -> Result:
        """Load, dump, more load, restore, load, rest, and the checker's word."""
        async with load(self._world, self.result.seed, users=USERS, pace=PACE) as journal:
            await asyncio.sleep(BEFORE)
            file = self._folder / "store.dump"
            ticket = await first_ticket(journal.path)
            self._moment = time.time()
            await asyncio.to_thread(self._dump, file)
            if self._row.kind == "ring":
                await new_subjects(self._world)
            await asyncio.sleep(LOST)
            await self._stop()
            await asyncio.to_thread(self._put_back, file)
            since, self._stretch = time.monotonic(), (self._moment, time.time())
            await self._start()
            self._note_decided(await until_decided(self._world, self._stopped, ticket, since))
            if self._row.kind == "ring":
                await self._ring_noticed()
            await asyncio.sleep(AFTER)
        await self._ended(journal.path)
        return self.result

    @property
    def _loses_facts(self) -> bool:
        """Whether nobody can know what was recorded after the dump: all stores are of one moment, and no topic is."""
        return self._row.kind == "point" and self._row.bus == "local"

    @property
    def _schemas(self) -> tuple[str, ...]:
        return (KEY_RING,) if self._row.kind == "ring" else self._row.services

    async def _stop(self) -> None:
        await asyncio.gather(*(asyncio.to_thread(self._world.members[name].stop) for name in self._stopped))

    def _dump(self, file: Path) -> None:
        if self._loses_facts:
            self._remember()
        if self._row.kind != "dropped":
            dump(self._database, self._schemas, file)

    def _remember(self) -> None:
        before = snapshot(self._database) | {"restored": list(self._stopped)}
        (self._folder / "before.json").write_text(json.dumps(before), "utf-8")

    def _put_back(self, file: Path) -> None:
        if not self._loses_facts:
            self._remember()
        if self._row.kind == "ring":
            dump(self._database, [KEY_RING], self._folder / "newer-ring.dump")
        if self._row.kind == "dropped":
            drop(self._database, self._schemas)
            for name in self._row.services:
                migrate(self._database, name, SERVICES[name]().migrations)
        else:
            restore(self._database, self._schemas, file)

    async def _start(self) -> None:
        for name in self._stopped:
            await asyncio.to_thread(self._world.members[name].start)

    def _note_decided(self, found: dict[str, float | None]) -> None:
        self.result.complaints += [f"{name} decides nothing" for name, at in found.items() if at is None]
        times = [at for at in found.values() if at is not None]
        self.result.decided = max(times) if times and len(times) == len(found) else None

    async def _ring_noticed(self) -> None:
        """Every service names the keys that facts name and the ring lacks; a newer copy of the ring repairs it."""
        lacking = await asyncio.to_thread(missing_keys, self._database)
        for name in SERVICES:
            body, ready = await self._keys(name)
            noticed = {item["key"] for item in body["items"] if item["state"] == "missing"}
            if not lacking <= noticed:
                self.result.complaints.append(f"{name} notices {len(lacking & noticed)} of {len(lacking)} missing keys")
            if lacking and "keys" not in ready.get("notes", {}):
                self.result.complaints.append(f"{name}: /health/ready says nothing of {len(lacking)} missing keys")
        self.result.remark = f"{len(lacking)} keys missing, noticed by all five; brought in from a newer copy"
        if not lacking:
            self.result.complaints.append("the dump lacked no key: nothing was exercised")
        await asyncio.to_thread(self._ring_repaired)

    def _ring_repaired(self) -> None:
        from desk.keyring.postgres import PostgresKeyRing

        copy = f"{self._database.rsplit('/', 1)[0]}/ring_copy"
        self._world.sql("DROP DATABASE IF EXISTS ring_copy")
        self._world.sql("CREATE DATABASE ring_copy")
        restore(copy, [KEY_RING], self._folder / "newer-ring.dump")
        with PostgresKeyRing(self._database) as ring:
            ring.copy_from(copy)
        self._world.sql("DROP DATABASE ring_copy")

    async def _keys(self, service: str) -> tuple[dict[str, Any], dict[str, Any]]:
        headers = {"Authorization": f"Bearer {self._world.token}"}
        async with httpx.AsyncClient(timeout=30.0, headers=headers) as http:
            url = self._world.members[service].url
            return (await http.get(f"{url}/keys")).json(), (await http.get(f"{url}/health/ready")).json()

    async def _ended(self, journal: Path) -> None:
        await self._world.post("intake", "reconcile", {})
        await at_rest(self._world, DRAIN)
        if self._loses_facts:
            self.result.remark = "what was accepted after the dump is gone: no peer and no topic has it"
        else:
            lines = [line for line in accepted(journal) if line["at"] > self._moment]
            mine = [line for line in lines if line["service"] in self._stopped]
            self.result.complaints += await repeated(self._world, mine[:REPEATED])
            await at_rest(self._world, DRAIN)
        gone = self._stretch if self._loses_facts else None
        self.result.figures = await judged(self._world, journal, self.result.seed, gone)


async def judged(world: World, journal: Path, seed: int, gone: tuple[float, float] | None = None) -> dict[str, Any]:
    """The figures of the checker, run as a process of its own. Commands accepted within `gone` count as not sent."""
    run = checked(world.places, journal, seed)
    complete = json.loads(run.read_text("utf-8")) | {"before": str(world.places.folder / "before.json"), "gone": gone}
    run.write_text(json.dumps(complete), "utf-8")
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.drill.checker", str(run),
        cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await program.communicate()
    if program.returncode not in (0, 1):
        raise RuntimeError(f"the checker failed: {err.decode()}")
    figures: dict[str, Any] = json.loads(out)
    return figures
