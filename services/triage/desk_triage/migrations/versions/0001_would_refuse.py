"""Gates that were open when somebody resolved or closed a ticket in the PSA: what the desk would have refused."""

from __future__ import annotations

from alembic import op

revision = "0001"
down_revision: str | None = None


def upgrade() -> None:
    op.execute(
        "CREATE TABLE would_refuse (ticket_id text, cycle int, gate text, step text NOT NULL, client text NOT NULL,"
        " technician text NOT NULL, contested boolean NOT NULL, at timestamptz NOT NULL,"
        " PRIMARY KEY (ticket_id, cycle, gate))"
    )
    op.execute("CREATE INDEX would_refuse_at_idx ON would_refuse (at)")
