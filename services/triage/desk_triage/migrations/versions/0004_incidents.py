"""The states of major incidents, by which lists and proposals find them."""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision: str | None = "0003"


def upgrade() -> None:
    op.execute("CREATE TABLE incidents (incident_id text PRIMARY KEY, state text NOT NULL, onset timestamptz)")
    op.execute("CREATE INDEX incidents_state_idx ON incidents (state, onset, incident_id)")
