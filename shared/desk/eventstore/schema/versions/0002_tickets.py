"""The read model that every service keeps: one row per ticket."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision: str | None = "0001"

TICKETS = """
CREATE TABLE tickets (
    ticket_id text PRIMARY KEY,
    source text,
    source_record text,
    kind text NOT NULL,
    origin text NOT NULL,
    status text NOT NULL,
    client text NOT NULL,
    contact text,
    opened_at timestamptz,
    resolved_at timestamptz,
    closed_at timestamptz,
    cycle int NOT NULL,
    reopen_count int NOT NULL,
    reassignment_count int NOT NULL,
    impact text,
    urgency text,
    priority text,
    queue text,
    technician text,
    flags text[],
    updated_at timestamptz NOT NULL
) WITH (fillfactor = 70);
CREATE INDEX tickets_record_idx ON tickets (source_record, ticket_id);
CREATE INDEX tickets_opened_idx ON tickets (opened_at, ticket_id);
CREATE INDEX tickets_open_idx ON tickets (client, opened_at, ticket_id)
    WHERE status NOT IN ('closed', 'merged', 'gone');
"""


def upgrade() -> None:
    op.execute(TICKETS)


def downgrade() -> None:
    op.execute("DROP TABLE tickets")
