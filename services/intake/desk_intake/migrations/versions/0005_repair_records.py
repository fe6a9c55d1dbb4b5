"""Repair: add the columns that revision 0001 gained after its release, where they are missing.

Databases made by four states of revision 0001 exist; all of them get the same tables here. The defaults keep the data
of earlier releases: with `told` true, a state from before is never observed a second time.
"""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision: str | None = "0004"

REPAIR = """
ALTER TABLE psa_revisions
    ADD COLUMN IF NOT EXISTS status_class text NOT NULL DEFAULT 'none',
    ADD COLUMN IF NOT EXISTS written_by text NOT NULL DEFAULT '',
    ADD COLUMN IF NOT EXISTS own boolean NOT NULL DEFAULT false,
    ADD COLUMN IF NOT EXISTS told boolean NOT NULL DEFAULT true,
    ADD COLUMN IF NOT EXISTS seen timestamptz NOT NULL DEFAULT now();
ALTER TABLE psa_revisions
    ALTER COLUMN status_class SET DEFAULT 'none',
    ALTER COLUMN written_by SET DEFAULT '',
    ALTER COLUMN own SET DEFAULT false,
    ALTER COLUMN told SET DEFAULT true;
ALTER TABLE psa_writes ADD COLUMN IF NOT EXISTS shown bigint NOT NULL DEFAULT 0;
ALTER TABLE psa_writes ALTER COLUMN shown SET DEFAULT 0;
"""


def upgrade() -> None:
    for statement in filter(str.strip, REPAIR.split(";")):
        op.execute(statement)
