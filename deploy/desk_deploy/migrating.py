"""Migrates every service's schema to this release. `python -m desk_deploy.migrating` migrates DESK_DATABASE_URL."""

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
    """Migrate all five services in one database. LaunchError when it does not answer."""
    ensure_answers(database)
    from desk.eventstore.schema import migrate

    for name, definition in SERVICES.items():
        migrate(database, name, definition().migrations)


def migrate_apart(database: str) -> None:
    """Migrate in a separate process, so that the memory it uses is freed afterwards."""
    ensure_answers(database)
    program = [sys.executable, "-m", "desk_deploy.migrating"]
    done = subprocess.run(program, env={**os.environ, VARIABLE: database}, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise LaunchError(
            f"the database cannot be prepared: {(done.stderr.strip().splitlines() or ['no message'])[-1]}"
        )


def ensure_answers(database: str) -> None:
    """Raise LaunchError with one line when the database does not answer."""
    try:
        psycopg.connect(database, connect_timeout=CONNECT_SECONDS).close()
    except psycopg.Error as error:
        reason = " ".join(str(error).split())
        raise LaunchError(f"the database does not answer: {reason}: check --database") from error


if __name__ == "__main__":
    migrate_all(os.environ[VARIABLE])
