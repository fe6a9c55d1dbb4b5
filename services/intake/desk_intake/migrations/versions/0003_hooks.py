"""Store our callback subscriptions by the PSA's id, so that those of a former address can be removed."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision: str | None = "0002"


def upgrade() -> None:
    op.execute("CREATE TABLE psa_hooks (instance text, hook bigint, url text NOT NULL, PRIMARY KEY (instance, hook))")
