"""Migrations one revision at a time, and the migration of a release that does not exist yet."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from desk.eventstore.schema import SHARED, VERSION_TABLE, sqlalchemy_url

ENVIRONMENT = SHARED.parent
NEXT = """
from alembic import op

revision = "9999"
down_revision = "{head}"


def upgrade():
    op.execute("ALTER TABLE tickets ADD COLUMN of_next_release text NOT NULL DEFAULT 'x'")
    op.execute("CREATE TABLE of_next_release (id int PRIMARY KEY)")
"""


def _configured(folder: Path) -> Config:
    config = Config()
    config.set_main_option("script_location", str(ENVIRONMENT))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", str(folder))
    return config


def revisions_of(folder: Path) -> list[str]:
    found = [script.revision for script in ScriptDirectory.from_config(_configured(folder)).walk_revisions()]
    return found[::-1]


def step(url: str, schema: str, folder: Path, version_table: str, revision: str) -> None:
    engine = create_engine(sqlalchemy_url(url), poolclass=NullPool)
    with engine.connect() as connection:
        connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {schema}"))
        connection.execute(text(f"SET search_path TO {schema}"))
        connection.commit()
        config = _configured(folder)
        config.attributes.update(connection=connection, version_table=version_table, schema=schema)
        command.upgrade(config, revision)
        connection.commit()
    engine.dispose()


def migrate_to_next_release(url: str, schema: str, folder: Path) -> None:
    """Add a table and a column that this release does not know; `folder` is where the revision is written."""
    head = revisions_of(SHARED)[-1]
    for file in SHARED.glob("[0-9]*.py"):
        (folder / file.name).write_bytes(file.read_bytes())
    (folder / "9999_of_next_release.py").write_text(NEXT.format(head=head))
    step(url, schema, folder, VERSION_TABLE, "head")
