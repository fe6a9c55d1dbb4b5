"""Finds the desk that a command uses: one that runs, or one started for the duration of the command."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from desk_deploy.cli.client import Desk
from desk_deploy.cli.error_messages import Failure
from desk_deploy.up import run_file
from desk_deploy.up.process import LOOPBACK

if TYPE_CHECKING:
    from desk_deploy.up.ready import Answering

CLUSTER = "postgres"
How = Literal["read-only", "one process", "processes"]


def running(data: Path) -> Desk | None:
    """The desk at DESK_URL with DESK_TOKEN, else the one that runs on `data`, else None."""
    url, token = os.environ.get("DESK_URL"), os.environ.get("DESK_TOKEN")
    if url:
        if not token:
            raise Failure("DESK_URL requires DESK_TOKEN: issue one with `desk token ROLE`")
        return Desk(url, token)
    found = run_file.read(data)
    return Desk(found.url, token or found.token) if found else None


def required(data: Path) -> Desk:
    """The desk that runs on `data`; Failure with the command to start it otherwise."""
    desk = running(data)
    if desk is None:
        left = (
            f" ({data / run_file.NAME} was left by a desk that no longer runs)"
            if (data / run_file.NAME).exists()
            else ""
        )
        raise Failure(f"no desk runs on {data}{left}: start it with `desk up --data {data}`")
    return desk


@contextmanager
def active(data: Path, database: str | None = None, *, processes: bool = False) -> Iterator[Desk]:
    """A desk whose services run: the running one, else one started for the duration, in one process or several."""
    desk = None if database else running(data)
    with ExitStack() as stack:
        yield desk or stack.enter_context(_started(data, database, "processes" if processes else "one process"))


@contextmanager
def readable(data: Path, database: str | None = None) -> Iterator[Desk]:
    """A desk to read from: the running one, else one that only serves its stores, without running services."""
    desk = None if database else running(data)
    if desk is None and database is None and not (data / CLUSTER).is_dir():
        raise Failure(f"{data} has no desk: name its directory with --data DIR")
    with ExitStack() as stack:
        yield desk or stack.enter_context(_started(data, database, "read-only"))


@contextmanager
def _started(data: Path, database: str | None, how: How) -> Iterator[Desk]:
    from anyio.from_thread import start_blocking_portal

    from desk_deploy.logfile import logging_to
    from desk_deploy.postgres.instance import EmbeddedPostgres
    from desk_deploy.up.directory_lock import DirectoryLock
    from desk_deploy.up.ready import wait_until_ready

    with ExitStack() as stack:
        if database is not None:
            data = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="desk-")))
        data = data.absolute()
        lock = DirectoryLock(data / run_file.LOCK)
        lock.acquire()
        stack.callback(lock.release)
        stack.enter_context(logging_to(data))
        url = database or stack.enter_context(EmbeddedPostgres(data)).url
        portal = stack.enter_context(start_blocking_portal())
        found = stack.enter_context(portal.wrap_async_context_manager(_desk(data, url, how)))
        portal.call(wait_until_ready, found.url)
        yield stack.enter_context(Desk(found.url, found.token, alive=how != "read-only"))


def _desk(data: Path, url: str, how: How) -> AbstractAsyncContextManager[Answering]:
    from desk.http.app.serving import listen
    from desk_deploy.up.fleet import fleet
    from desk_deploy.up.one_process import embedded, read_only_desk

    if how == "processes":
        return fleet(data, url, listen(LOOPBACK, 0), {}, first="intake")
    return embedded(data, url) if how == "one process" else read_only_desk(data, url)
