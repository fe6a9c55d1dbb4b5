"""Store when the newest recorded state of a record was read, by the database's clock, which all processes share."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision: str | None = "0003"


def upgrade() -> None:
    op.execute(
        "CREATE TABLE psa_reads (instance text, record text, begun timestamptz NOT NULL,"
        " PRIMARY KEY (instance, record)) WITH (fillfactor = 70)"
    )
