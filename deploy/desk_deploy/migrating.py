"""Brings every service's schema up to this release. `python -m desk_deploy.migrating`: that of DESK_DATABASE_URL."""

from __future__ import annotations

import os
import subprocess
import sys

import psycopg

from desk_deploy.services import SERVICES
from desk_deploy.up.process import LaunchError

CONNECT_SECONDS = 5
VARIABLE = "DESK_DATABASE_URL"


def migrate_all(database: str) -> None:
    """All five services in one database. LaunchError when it does not answer."""
    ensure_answers(database)
    from desk.eventstore.schema import migrate

    for name, definition in SERVICES.items():
        migrate(database, name, definition().migrations)


def migrate_apart(database: str) -> None:
    """The same in a process of its own, so that what it loads is gone afterwards."""
    ensure_answers(database)
    program = [sys.executable, "-m", "desk_deploy.migrating"]
    done = subprocess.run(program, env={**os.environ, VARIABLE: database}, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise LaunchError(
            f"the database cannot be prepared: {(done.stderr.strip().splitlines() or ['no message'])[-1]}"
        )


def ensure_answers(database: str) -> None:
    """LaunchError, one line, when nothing can be asked there."""
    try:
        psycopg.connect(database, connect_timeout=CONNECT_SECONDS).close()
    except psycopg.Error as error:
        reason = " ".join(str(error).split())
        raise LaunchError(f"the database does not answer: {reason}: check --database") from error


if __name__ == "__main__":
    migrate_all(os.environ[VARIABLE])
