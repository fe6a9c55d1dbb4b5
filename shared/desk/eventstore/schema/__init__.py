"""Migrates the tables of one service's schema with Alembic: expand first, contract one release later.

A revision may add tables, columns with defaults and indexes; it drops or renames only what no release in use reads.
So release N runs on the schema of N+1, and a rollback needs no change of the database.
"""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path

import structlog
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import URL, Connection, create_engine, text
from sqlalchemy.pool import NullPool

VERSION_TABLE = "schema_versions"
OWN_VERSION_TABLE = "own_schema_versions"
SHARED = Path(__file__).parent / "versions"
_ONE_AT_A_TIME = threading.Lock()
log = structlog.get_logger(__name__)


def migrate(url: str, schema: str, own: Path | None = None) -> None:
    """Bring `schema` of the database at `url` to this release's tables. Safe for any number of processes at once.

    `own` is a folder of revisions of the service's own tables. They have a root revision of their own, run after the
    shared ones, and have a version table of their own.
    """
    engine = create_engine(sqlalchemy_url(url), poolclass=NullPool)
    try:
        with _ONE_AT_A_TIME, engine.connect() as connection:
            lock = {"key": _lock_key(schema)}
            connection.execute(text("SELECT pg_advisory_lock(:key)"), lock)
            try:
                _upgrade(connection, schema, SHARED, VERSION_TABLE)
                if own is not None:
                    _upgrade(connection, schema, own, OWN_VERSION_TABLE)
            finally:
                connection.rollback()
                connection.execute(text("SELECT pg_advisory_unlock(:key)"), lock)
    finally:
        engine.dispose()


def _upgrade(connection: Connection, schema: str, revisions: Path, version_table: str) -> None:
    quoted = '"' + schema.replace('"', '""') + '"'
    connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {quoted}"))
    connection.execute(text(f"SET search_path TO {quoted}"))
    connection.commit()
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", str(revisions).replace("%", "%%"))
    config.attributes["connection"] = connection
    config.attributes["version_table"] = version_table
    config.attributes["schema"] = schema
    if newer := _unknown_revisions(connection, config):
        log.warning("schema of a newer release is used as it is", schema=schema, revision=", ".join(newer))
    else:
        command.upgrade(config, "head")
    connection.commit()


def _unknown_revisions(connection: Connection, config: Config) -> list[str]:
    """Revisions of the database that this release does not have. A newer release made them, and this release runs on
    its tables (expand, then contract)."""
    options = {"version_table": config.attributes["version_table"], "version_table_schema": config.attributes["schema"]}
    current = MigrationContext.configure(connection, opts=options).get_current_heads()
    available = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    return [revision for revision in current if revision not in available]


def sqlalchemy_url(url: str) -> URL:
    """A libpq address (`postgresql://...` or `host=... dbname=...`) as a SQLAlchemy URL for psycopg 3."""
    parts = {k: str(v) for k, v in conninfo_to_dict(url.replace("postgresql+psycopg:", "postgresql:")).items() if v}
    user, password, name = (parts.pop(key, None) for key in ("user", "password", "dbname"))
    return URL.create("postgresql+psycopg", username=user, password=password, database=name, query=parts)


def _lock_key(schema: str) -> int:
    return int.from_bytes(hashlib.sha256(f"deskstream migrate {schema}".encode()).digest()[:8], signed=True)
