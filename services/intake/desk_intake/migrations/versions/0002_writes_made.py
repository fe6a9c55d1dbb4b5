"""Add to each write its time by the PSA's clock, and triage's ownerseq that the PSA showed before it."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision: str | None = "0001"


def upgrade() -> None:
    op.execute("ALTER TABLE psa_writes ADD COLUMN made timestamptz, ADD COLUMN was bigint NOT NULL DEFAULT 0")
