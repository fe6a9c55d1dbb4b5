"""Call budgets and refused credentials of the vendors that docs asks, shared by its processes."""

from __future__ import annotations

from alembic import op

revision = "0001"
down_revision: str | None = None


def upgrade() -> None:
    op.execute(
        "CREATE TABLE call_budgets (instance text PRIMARY KEY, credit double precision NOT NULL,"
        " refilled_at timestamptz NOT NULL, paused_until timestamptz) WITH (fillfactor = 50)"
    )
    op.execute(
        "CREATE TABLE refused_credentials (instance text PRIMARY KEY, fingerprint text NOT NULL,"
        " probe_at timestamptz NOT NULL)"
    )
