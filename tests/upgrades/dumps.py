"""Databases of earlier releases: dumps that the release itself wrote, and tools to restore them.

`releases/COMMIT.sql.xz` is `pg_dump` of a desk that ran `desk up --demo` at that commit for a minute;
`releases/COMMIT.psa.json.xz` is the state of its simulated PSA at that moment.
"""

from __future__ import annotations

import hashlib
import importlib
import lzma
import os
import re
import subprocess
from pathlib import Path
from typing import NamedTuple

import psycopg
from psycopg.conninfo import conninfo_to_dict

from desk.eventstore.schema import SHARED, migrate
from desk_deploy.postgres.binaries import installation
from desk_deploy.postgres.instance import EmbeddedPostgres

DUMPS = Path(__file__).parent / "releases"
RELEASES = sorted(dump.name.removesuffix(".sql.xz") for dump in DUMPS.glob("*.sql.xz"))
SERVICES = ("intake", "triage", "sla", "billing", "docs")


def own_revisions(service: str) -> Path | None:
    """Folder of a service's own revisions; None when it has no tables of its own."""
    package = importlib.import_module(f"desk_{service}")
    folder = Path(str(package.__path__[0])) / "migrations" / "versions"
    return folder if folder.is_dir() else None


def revision_folders() -> dict[str, Path]:
    """Folder of revisions by who owns the tables: `shared` for those that every service has."""
    own = {service: folder for service in SERVICES if (folder := own_revisions(service)) is not None}
    return {"shared": SHARED, **own}


def revision_files() -> dict[str, Path]:
    """`owner/revision` -> its file."""
    found = {}
    for owner, folder in revision_folders().items():
        for file in sorted(folder.glob("[0-9]*.py")):
            match = re.search(r'^revision(?:: str)? = "(\w+)"$', file.read_text(), re.MULTILINE)
            assert match is not None, f"{file} names no revision"
            found[f"{owner}/{match[1]}"] = file
    return found


def digest(file: Path) -> str:
    """SHA-256 of a file's bytes."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def migrate_all(url: str, services: tuple[str, ...] = SERVICES) -> None:
    """Migrate every service's schema as at its start."""
    for service in services:
        migrate(url, service, own_revisions(service))


def restore_dump(url: str, release: str) -> None:
    """Fill an empty database with the dump of a release."""
    parts = conninfo_to_dict(url)
    environment = {**os.environ, "PGPASSWORD": str(parts.pop("password"))}
    where = " ".join(f"{name}={value}" for name, value in parts.items())
    program = [str(installation() / "bin" / "psql"), "-qX", "-v", "ON_ERROR_STOP=1", "-o", os.devnull, "-d", where]
    statements = lzma.decompress((DUMPS / f"{release}.sql.xz").read_bytes())
    done = subprocess.run(program, input=statements, capture_output=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr.decode()


def restore_data_directory(data: Path, release: str) -> None:
    """A data directory as that release left it: PostgreSQL with its facts, and the simulated PSA beside it."""
    with EmbeddedPostgres(data, fsync=False) as server:
        restore_dump(server.url, release)
    (data / "psa.json").write_bytes(lzma.decompress((DUMPS / f"{release}.psa.json.xz").read_bytes()))


class Column(NamedTuple):
    """One column of a schema, as far as a release can notice it."""

    table: str
    name: str
    type: str
    required: bool
    default: str | None


COLUMNS = (
    "SELECT table_name, column_name, data_type, is_nullable = 'NO', column_default FROM information_schema.columns"
    " WHERE table_schema = %s"
)
INDEXES = "SELECT indexdef FROM pg_indexes WHERE schemaname = %s"


def columns(url: str, schema: str) -> set[Column]:
    """All columns of all tables of a schema."""
    with psycopg.connect(url) as session:
        return {Column(*row) for row in session.execute(COLUMNS, (schema,))}


def indexes(url: str, schema: str) -> set[str]:
    """Definitions of all indexes of a schema."""
    with psycopg.connect(url) as session:
        return {str(row[0]) for row in session.execute(INDEXES, (schema,))}
