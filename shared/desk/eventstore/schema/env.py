"""Entry point of Alembic: runs the revisions on the connection of `migrate`."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection


def run() -> None:
    """Upgrade in one transaction, with the version kept in the service's own schema."""
    connection: Connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        version_table=context.config.attributes["version_table"],
        version_table_schema=context.config.attributes["schema"],
    )
    with context.begin_transaction():
        context.run_migrations()


run()
