"""Dumps of one service's schema as an operator takes them, by pg_dump and psql."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from desk_deploy.postgres.binaries import installation


def dumped(database: str, schema: str) -> bytes:
    """Everything in the schema as of now."""
    return _run("pg_dump", database, "--schema", schema, "--no-owner").stdout


def restore(database: str, schema: str, dump: bytes) -> None:
    """The schema as it was dumped, in the place of the one that is there."""
    drop(database, schema)
    _run("psql", database, "--quiet", "--set=ON_ERROR_STOP=1", given=dump)


def drop(database: str, schema: str) -> None:
    """The schema is lost."""
    _run("psql", database, "--quiet", "--command", f'DROP SCHEMA "{schema}" CASCADE')


def _run(
    program: str, database: str, *arguments: str, given: bytes | None = None
) -> subprocess.CompletedProcess[bytes]:
    parts = {name: str(value) for name, value in conninfo_to_dict(database).items() if value is not None}
    names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE"}
    environment = {**os.environ, **{names[name]: value for name, value in parts.items() if name in names}}
    path = Path(installation()) / "bin" / program
    done = subprocess.run([path, *arguments], input=given, env=environment, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done
