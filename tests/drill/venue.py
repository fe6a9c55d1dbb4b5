"""Where a drill takes place: a database server, a broker, and one running desk as long as nothing went wrong in it."""

from __future__ import annotations

import asyncio
import os
import subprocess
import traceback
from collections.abc import Coroutine, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psycopg
from tests.chaos.desk.workdir import Places
from tests.chaos.desk.world import World
from tests.drill.faults import Fault
from tests.drill.restoring import Restoring
from tests.drill.row import RESTORES, Result, Row

from desk_deploy.kafka.provider import find_broker
from desk_deploy.postgres.instance import EmbeddedPostgres
from desk_deploy.up.process import LaunchError

SMALL_DISK = "500m"
LONGEST = 420.0
"""Seconds that a row may take before it counts as wrong."""


class Venue:
    """Runs rows one after the other."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stack = ExitStack()
        self._runner = asyncio.Runner()
        self._server: EmbeddedPostgres | None = None
        self._broker: str | None = None
        self._world: World | None = None
        self._number = self._rows = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._leave()
        self._runner.close()
        self._stack.close()

    def carry_out(self, row: Row, seed: int) -> Result:
        """The row; in a world of its own where it needs a disk of its own or the one before went wrong."""
        # the dice of a user give its keys as well: in another row of the same desk they must be other ones
        self._rows += 1
        seed = seed * 1000 + self._rows
        result = Result(row, seed)
        try:
            if row.kind == "disk-full":
                return self._with_small_disk(row, seed)
            world = self._world_for(row)
            result = self._run(self._exercise(world, self._own_server(), row, seed))
        except Unavailable as error:
            result.skipped = str(error)
        except Exception as error:
            at = traceback.extract_tb(error.__traceback__)[-1]
            result.complaints.append(f"{type(error).__name__} in {at.name}:{at.lineno}: {str(error)[:500]}")
        if not result.right:
            self._leave()
        return result

    async def _exercise(self, world: World, server: EmbeddedPostgres, row: Row, seed: int) -> Result:
        async with asyncio.timeout(LONGEST):
            if row.kind in RESTORES:
                return await Restoring(world, row, seed).run()
            return await Fault(world, server, row, seed).run()

    def _with_small_disk(self, row: Row, seed: int) -> Result:
        self._leave()
        with small_disk(self._folder / "small") as folder, EmbeddedPostgres(folder, fsync=False) as server:
            world = self._begun(row, server.url)
            try:
                result: Result = self._run(self._exercise(world, server, row, seed))
                return result
            finally:
                self._leave()

    def _world_for(self, row: Row) -> World:
        if self._world is not None and bool(self._world.places.kafka) == (row.bus == "kafka"):
            return self._world
        self._leave()
        server, name = self._own_server(), f"drill_{self._number}"
        with psycopg.connect(server.url, autocommit=True) as session:
            session.execute(f"CREATE DATABASE {name}".encode())
        return self._begun(row, server.url_of(name))

    def _begun(self, row: Row, database: str) -> World:
        kafka = self._kafka() if row.bus == "kafka" else ""
        folder = self._folder / f"world-{self._number}"
        folder.mkdir()
        self._world = World(Places(folder, database, kafka, f"drill{self._number}."))
        self._number += 1
        self._run(self._world.start())
        return self._world

    def _own_server(self) -> EmbeddedPostgres:
        if self._server is None:
            folder = self._folder / "server"
            folder.mkdir()
            self._server = self._stack.enter_context(EmbeddedPostgres(folder, fsync=False))
        return self._server

    def _kafka(self) -> str:
        if self._broker is None:
            try:
                broker = find_broker(self._folder / "kafka")
            except LaunchError as error:
                raise Unavailable(f"no Apache Kafka: {error}") from error
            if broker is None:
                raise Unavailable("no Apache Kafka: install a JDK and Maven")
            self._stack.callback(broker.stop)
            self._broker = broker.bootstrap
        return self._broker

    def _leave(self) -> None:
        if self._world is not None:
            world, self._world = self._world, None
            self._run(world.stop())

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self._runner.run(work)


class Unavailable(Exception):
    """This machine cannot carry the row out; the text says what is missing."""


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A file system that can be filled without harm to others."""
    folder.mkdir(exist_ok=True)
    if os.geteuid() != 0:
        raise Unavailable("a small file system can be mounted by root only")
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SMALL_DISK},mode=755", "desk-drill", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        raise Unavailable("no file system can be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=False)
