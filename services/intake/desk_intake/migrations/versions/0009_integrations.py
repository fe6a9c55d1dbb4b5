"""Call budgets and refused credentials of the vendors that intake asks, and the vendors' ids by client."""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision: str | None = "0008"


def upgrade() -> None:
    op.execute(
        "CREATE TABLE call_budgets (instance text PRIMARY KEY, credit double precision NOT NULL,"
        " refilled_at timestamptz NOT NULL, paused_until timestamptz) WITH (fillfactor = 50)"
    )
    op.execute(
        "CREATE TABLE refused_credentials (instance text PRIMARY KEY, fingerprint text NOT NULL,"
        " probe_at timestamptz NOT NULL)"
    )
    op.execute(
        "CREATE TABLE vendor_ids (instance text, external text, client text, device text,"
        " PRIMARY KEY (instance, external, client, device))"
    )
    op.execute("CREATE INDEX vendor_ids_client_idx ON vendor_ids (client, device)")
