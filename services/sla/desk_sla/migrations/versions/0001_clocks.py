"""Where every clock stands, and every breach with its explanation."""

from __future__ import annotations

from alembic import op

revision = "0001"
down_revision: str | None = None

CLOCKS = """
CREATE TABLE clocks (
    ticket_id text NOT NULL,
    clock text NOT NULL,
    cycle int NOT NULL,
    state text NOT NULL,
    starts_at timestamptz NOT NULL,
    due timestamptz,
    seconds int NOT NULL,
    live boolean NOT NULL,
    PRIMARY KEY (ticket_id, clock, cycle)
) WITH (fillfactor = 70);
CREATE INDEX clocks_due_idx ON clocks (due, ticket_id, clock, cycle) WHERE live AND state IN ('running', 'paused');
CREATE TABLE breaches (
    verdict uuid PRIMARY KEY,
    ticket_id text NOT NULL,
    clock text NOT NULL,
    cycle int NOT NULL,
    breached_at timestamptz NOT NULL,
    due timestamptz NOT NULL,
    elapsed int NOT NULL,
    live boolean NOT NULL,
    retracted timestamptz,
    code text,
    owner text,
    explained_at timestamptz
) WITH (fillfactor = 70);
CREATE INDEX breaches_open_idx ON breaches (live, breached_at, verdict) WHERE retracted IS NULL;
"""


def upgrade() -> None:
    op.execute(CLOCKS)


def downgrade() -> None:
    op.execute("DROP TABLE clocks; DROP TABLE breaches")
