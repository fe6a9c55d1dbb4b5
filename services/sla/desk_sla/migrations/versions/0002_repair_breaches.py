"""Repair: `breaches.live`, which revision 0001 gained after it had landed, is added where it is missing.

The rows of such a database do not say which breaches are live: its read model is built again at the start.
"""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision: str | None = "0001"

REPAIR = """
DO $$ BEGIN
    IF NOT EXISTS (
        SELECT FROM information_schema.columns
        WHERE table_schema = current_schema() AND table_name = 'breaches' AND column_name = 'live'
    ) THEN
        ALTER TABLE breaches ADD COLUMN live boolean NOT NULL DEFAULT true;
        DROP INDEX breaches_open_idx;
        CREATE INDEX breaches_open_idx ON breaches (live, breached_at, verdict) WHERE retracted IS NULL;
        DELETE FROM views WHERE name = 'breaches';
    END IF;
END $$;
"""
DEFAULT = "ALTER TABLE breaches ALTER COLUMN live SET DEFAULT true"


def upgrade() -> None:
    op.execute(REPAIR)
    op.execute(DEFAULT)
