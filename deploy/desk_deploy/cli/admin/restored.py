"""`desk restored`: mark stores as restored, for a restore that they cannot detect themselves."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from desk_deploy.cli.error_messages import Failure
from desk_deploy.cli.locate_desk import CLUSTER
from desk_deploy.cli.options import DATA, AsJson, Data, Database, OneService, ServiceName
from desk_deploy.cli.output import say, show_json
from desk_deploy.up import run_file


def restored(service: OneService = None, data: Data = DATA, database: Database = None, as_json: AsJson = False) -> None:
    """Mark stores as restored before the services start on them: each starts a new epoch, and looks up outbound calls
    that may have been made. Running services do so at their next start."""
    with _database(data, database) as url:
        marked = [name.value for name in ([service] if service else ServiceName) if _marked(url, name.value)]
    if not marked:
        raise Failure("no service has a store there: name its database with --database URL")
    if as_json:
        show_json({"restored": marked})
    else:
        say(f"{', '.join(marked)}: marked as restored; a new epoch begins at the next start")


def _marked(url: str, service: str) -> bool:
    from desk.bus.local.peer_logs import existing
    from desk.eventstore.relay_rows import declare_restored
    from desk.eventstore.schema import migrate
    from desk.eventstore.store import Store
    from desk_deploy.services import SERVICES

    with closing(Store(url, service, pool_size=1)) as store:
        if not store.execute(lambda cursor: existing(cursor, [service])):
            return False
        migrate(url, service, SERVICES[service]().migrations)
        store.execute(declare_restored)
    return True


@contextmanager
def _database(data: Path, given: str | None) -> Iterator[str]:
    """URL of the database: the one given, that of the desk that runs on `data`, DESK_DATABASE_URL, else the desk's own,
    started for the duration."""
    from desk_deploy.postgres.instance import EmbeddedPostgres
    from desk_deploy.up.directory_lock import DirectoryLock

    running = run_file.read(data)
    url = given or (running.database if running else None) or os.environ.get("DESK_DATABASE_URL")
    if url:
        yield url
        return
    if not (data / CLUSTER).is_dir():
        raise Failure(f"{data} has no desk: name its directory with --data DIR")
    with ExitStack() as stack:
        lock = DirectoryLock(data.absolute() / run_file.LOCK)
        lock.acquire()
        stack.callback(lock.release)
        yield stack.enter_context(EmbeddedPostgres(data.absolute())).url
