"""Store the calls that policy write-back did not permit, and the instances that wrote before that policy existed."""

from __future__ import annotations

from alembic import op

revision = "0007"
down_revision: str | None = "0006"

WOULD_WRITE = """
CREATE TABLE psa_would_write (
    id uuid PRIMARY KEY, number bigserial, ticket_id text NOT NULL, instance text NOT NULL, record text, board text,
    client text NOT NULL, kind text NOT NULL, needs text NOT NULL, permits text NOT NULL, what jsonb NOT NULL,
    cause uuid, at timestamptz NOT NULL, at_call boolean NOT NULL DEFAULT false
);
CREATE INDEX psa_would_write_at_idx ON psa_would_write (at, number);
CREATE INDEX psa_would_write_ticket_idx ON psa_would_write (ticket_id, at, number);
"""
BEFORE = """
CREATE TABLE psa_wrote_before (
    instance text PRIMARY KEY, wrote boolean NOT NULL, evidence text NOT NULL DEFAULT '',
    decided timestamptz NOT NULL DEFAULT now()
);
"""
ONCE = """
CREATE UNIQUE INDEX effects_psa_create_idx ON effects (aggregate)
    WHERE kind = 'psa-create' AND state IN ('planned', 'sent', 'unknown');
"""


def upgrade() -> None:
    for block in (WOULD_WRITE, BEFORE, ONCE):
        for statement in filter(str.strip, block.split(";")):
            op.execute(statement)
