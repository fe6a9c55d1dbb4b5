"""Outbound calls: doubted, waiting and refused; the process that holds a call."""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision: str | None = "0004"


def upgrade() -> None:
    op.execute(
        "ALTER TABLE effects ADD COLUMN doubted boolean NOT NULL DEFAULT false,"
        " ADD COLUMN waiting boolean NOT NULL DEFAULT false, ADD COLUMN pauses int NOT NULL DEFAULT 0,"
        " ADD COLUMN refused timestamptz, ADD COLUMN holder bigint"
    )


def downgrade() -> None:
    for column in ("doubted", "waiting", "pauses", "refused", "holder"):
        op.execute(f"ALTER TABLE effects DROP COLUMN {column}")
