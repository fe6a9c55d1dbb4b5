"""Dumps and restores of schemas with PostgreSQL's own programs, as an operator makes them."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

import psycopg

from desk_deploy.postgres.binaries import installation

KEY_RING = "keyring"


def dump(database: str, schemas: Sequence[str], file: Path) -> Path:
    """Write these schemas to a file, as of one moment."""
    chosen = [f"--schema={schema}" for schema in schemas]
    _run("pg_dump", "--format=custom", "--no-owner", *chosen, f"--file={file}", database)
    return file


def drop(database: str, schemas: Sequence[str]) -> None:
    """Drop these schemas with all they hold."""
    with psycopg.connect(database, autocommit=True) as session:
        for schema in schemas:
            session.execute(f'DROP SCHEMA IF EXISTS "{schema}" CASCADE'.encode())


def restore(database: str, schemas: Sequence[str], file: Path) -> None:
    """Put a dump in the place of what these schemas hold."""
    drop(database, schemas)
    _run("pg_restore", "--no-owner", "--exit-on-error", f"--dbname={database}", str(file))


def _run(program: str, *arguments: str) -> None:
    done = subprocess.run(
        [str(installation() / "bin" / program), *arguments], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{program} ended with {done.returncode}: {done.stderr.strip()}")
